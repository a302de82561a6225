package avisim

import "net/http"

// control answers what a real Controller does not have, under /sim/, without a session.
func (s *Server) control(r *http.Request, segments []string, body []byte) *response {
	name := ""
	if len(segments) == 2 {
		name = segments[1]
	}
	switch r.Method + " " + name {
	case "GET requests":
		return jsonResponse(http.StatusOK, mustJSON(s.requestReport()))
	case "DELETE requests":
		s.ResetRequests()
		return jsonResponse(http.StatusNoContent, nil)
	case "GET objects":
		return jsonResponse(http.StatusOK, mustJSON(map[string]any{"objects": s.Objects()}))
	case "DELETE faults":
		s.ClearFaults()
		return jsonResponse(http.StatusNoContent, nil)
	case "POST faults":
		var fault Fault
		if err := decodeStrict(body, &fault); err != nil {
			return controlAnswer(err)
		}
		return controlAnswer(s.AddFault(fault))
	case "POST password":
		var change struct {
			Password string `json:"password"`
		}
		if err := decodeStrict(body, &change); err != nil {
			return controlAnswer(err)
		}
		return controlAnswer(s.ChangePassword(change.Password))
	case "POST knobs":
		var knobs Knobs
		if err := decodeStrict(body, &knobs); err != nil {
			return controlAnswer(err)
		}
		return controlAnswer(s.SetKnobs(knobs))
	}
	return unknownURL().response()
}

func controlAnswer(err error) *response {
	if err != nil {
		return badRequest("%v", err).response()
	}
	return jsonResponse(http.StatusNoContent, nil)
}

// requestReport is the journal with the number of requests for each method and type.
func (s *Server) requestReport() map[string]any {
	list := s.Requests()
	counts := map[string]int{}
	for _, r := range list {
		counts[r.Method+" "+r.Type]++
	}
	return map[string]any{"count": len(list), "counts": counts, "requests": list}
}
