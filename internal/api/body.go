package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// readBody reads a request's JSON object. Numbers stay as they were written, so that none is rounded before it is judged.
func readBody(r *http.Request) (map[string]any, error) {
	if err := checkContentType(r.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return nil, &wireError{status: http.StatusRequestEntityTooLarge, message: "Request is too large."}
		}
		return nil, &wireError{status: http.StatusBadRequest, message: "The request's body could not be read.", err: err}
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	return parseObject(data)
}

func parseObject(data []byte) (map[string]any, error) {
	if !utf8.Valid(data) {
		return nil, malformed("Request is not in valid JSON format: it is not UTF-8", nil)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, malformed("Request is not in valid JSON format", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("Request is not in valid JSON format: something follows the object", nil)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, malformed("Request must be a JSON dict", nil)
	}
	return object, nil
}

func malformed(message string, err error) error {
	return &lbaas.Error{Kind: lbaas.KindInvalid, Message: message, Err: err}
}

// checkContentType takes the types that WSME takes for JSON; without one the body is JSON as well.
func checkContentType(header string) error {
	if header == "" {
		return nil
	}
	name, _, err := mime.ParseMediaType(header)
	if err == nil {
		switch name {
		case contentTypeJSON, "text/javascript", "application/javascript":
			return nil
		}
	}
	if err != nil {
		name = header
	}
	return &wireError{status: http.StatusUnsupportedMediaType, message: "Unknown mimetype: " + excerpt(name)}
}

// readValues reads a request's body against a schema.
func readValues(r *http.Request, s rootSchema) (map[string]any, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	return s.read(body)
}

// fill makes the domain's form of a request of values that a schema has read. They have the types of the domain's input, so that
// this cannot fail on what a user sent. Values that the domain has no place for (say, project_id of a listener) are left out.
func fill[In any](values map[string]any) (in In, err error) {
	data, err := json.Marshal(values)
	if err != nil {
		return in, fmt.Errorf("encode the values of a request: %w", err)
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return in, fmt.Errorf("take the values of a request for %T: %w", in, err)
	}
	return in, nil
}
