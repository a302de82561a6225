package api

import "net/http"

// Served are the patterns of an API's routes with their methods.
func Served(h http.Handler) map[string][]string {
	served := map[string][]string{}
	s, _ := h.(*server)
	for pattern, operations := range s.described {
		for method := range operations {
			served[pattern] = append(served[pattern], method)
		}
	}
	return served
}
