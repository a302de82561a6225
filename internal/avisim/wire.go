package avisim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
)

// apiError is an answer that refuses a request. Its body is {"error": text}, or {"detail": text} where the web framework
// beneath the Controller answers by itself (controller facts 2.1).
type apiError struct {
	status int
	text   string
	detail bool
	plain  bool // the text is the whole body, not JSON
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.status, e.text) }

func refuse(status int, format string, args ...any) *apiError {
	return &apiError{status: status, text: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) *apiError {
	return refuse(http.StatusBadRequest, format, args...)
}

func notFound(model string) *apiError {
	return refuse(http.StatusNotFound, "%s object not found!", model)
}

func methodNotAllowed(method string) *apiError {
	return &apiError{status: http.StatusMethodNotAllowed, text: fmt.Sprintf("Method '%s' not allowed.", method), detail: true}
}

// unknownURL has a body without an "error" key (controller facts 2.1).
func unknownURL() *apiError {
	return &apiError{status: http.StatusNotFound, text: "Not found.", detail: true}
}

// response is an answer before it is written, so that it can still be lost.
type response struct {
	status  int
	header  http.Header
	body    []byte
	cookies []*http.Cookie
}

func (e *apiError) response() *response {
	r := &response{status: e.status, header: http.Header{}}
	switch {
	case e.plain:
		r.body = []byte(e.text)
	case e.detail:
		r.body = mustJSON(map[string]string{"detail": e.text})
	default:
		r.body = mustJSON(map[string]string{"error": e.text})
	}
	return r
}

func jsonResponse(status int, body []byte) *response {
	return &response{status: status, header: http.Header{}, body: body}
}

func (r *response) write(w http.ResponseWriter) error {
	header := w.Header()
	maps.Copy(header, r.header)
	for _, cookie := range r.cookies {
		http.SetCookie(w, cookie)
	}
	// Even the answers that are no JSON say that they are (controller facts 1.4, 2.1).
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "private, no-cache, must-revalidate")
	header.Set("Vary", "Cookie")
	w.WriteHeader(r.status)
	if _, err := w.Write(r.body); err != nil {
		return fmt.Errorf("writing an answer: %w", err)
	}
	return nil
}

// mustJSON encodes values made of maps, lists, texts and numbers, for which encoding cannot fail.
func mustJSON(value any) []byte {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(fmt.Sprintf("avisim: encoding an answer: %v", err))
	}
	return bytes.TrimRight(buf.Bytes(), "\n")
}

// decodeObject reads one JSON object with its numbers as json.Number.
func decodeObject(body []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, badRequest("JSON parse error - %v", err)
	}
	if object == nil {
		return nil, badRequest("JSON parse error - expected an object")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, badRequest("JSON parse error - data after the object")
	}
	return object, nil
}

// decodeStrict reads JSON that must have no unknown fields.
func decodeStrict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}
