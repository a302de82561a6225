package api

import "net/http"

// versionEntry is an API version as OpenStack's clients discover it.
type versionEntry struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Updated string `json:"updated"`
	Links   []link `json:"links"`
}

type link struct {
	Href string `json:"href"`
	Rel  string `json:"rel"`
}

// announced are the versions, the oldest first, the newest as the current one.
func (s *server) announced(r *http.Request) []versionEntry {
	minors := minorVersions()
	entries := make([]versionEntry, len(minors))
	for i, v := range minors {
		entries[i] = versionEntry{
			ID: v.id, Status: "SUPPORTED", Updated: v.updated, Links: []link{{Href: s.origin(r) + "/v2", Rel: "self"}},
		}
	}
	entries[len(entries)-1].Status = "CURRENT"
	return entries
}

func (s *server) versions(w http.ResponseWriter, r *http.Request) {
	s.writeJSON(r.Context(), w, http.StatusOK, map[string][]versionEntry{"versions": s.announced(r)})
}

// version answers for one version's root. Octavia has only the text "v2" there, behind a token; keystoneauth's discovery trips
// over that text, so that this is the document that it looks for.
func (s *server) version(w http.ResponseWriter, r *http.Request) {
	all := s.announced(r)
	s.writeJSON(r.Context(), w, http.StatusOK, map[string]versionEntry{"version": all[len(all)-1]})
}

// origin is how the client reaches the API's root, without a trailing slash.
func (s *server) origin(r *http.Request) string {
	if s.baseURI != "" {
		return s.baseURI
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
