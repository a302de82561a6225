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

// supportedVersion is the one version that is honoured. Octavia's minor versions are promises, each of them over all before it,
// and clients act on them: v2.1 promises listener timeouts, v2.12 (which the Kubernetes cloud provider looks for) allowed_cidrs.
func (s *server) supportedVersion(r *http.Request) versionEntry {
	return versionEntry{
		ID: "v2.0", Status: "CURRENT", Updated: "2016-12-11T00:00:00Z",
		Links: []link{{Href: s.origin(r) + "/v2", Rel: "self"}},
	}
}

func (s *server) versions(w http.ResponseWriter, r *http.Request) {
	s.writeJSON(r.Context(), w, http.StatusOK, map[string][]versionEntry{"versions": {s.supportedVersion(r)}})
}

// version answers for one version's root. Octavia has only the text "v2" there, behind a token; keystoneauth's discovery trips
// over that text, so that this is the document that it looks for.
func (s *server) version(w http.ResponseWriter, r *http.Request) {
	s.writeJSON(r.Context(), w, http.StatusOK, map[string]versionEntry{"version": s.supportedVersion(r)})
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
