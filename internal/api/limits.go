package api

import (
	"cmp"
	"net/http"
)

// limit holds a project to its share of requests. Who has no project is held alone.
func (s *server) limit(id Identity) error {
	if s.limits == nil {
		return nil
	}
	wait, ok := s.limits.Allow(cmp.Or(id.ProjectID, "user "+id.UserID))
	if ok {
		return nil
	}
	return &wireError{
		status: http.StatusTooManyRequests, message: "Too many requests of this project. Please try again later.", retryAfter: wait,
	}
}
