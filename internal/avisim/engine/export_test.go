package engine

import "net/http"

// Chosen looks up now where a virtual service sends a request, which goes there when the function is called.
func (e *Engine) Chosen(vs string, r *http.Request) func(http.ResponseWriter) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x := newExchange(e.virtualServices[vs], r)
	return func(w http.ResponseWriter) { x.serve(w, r) }
}
