package engine

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// httpCheckRequest makes the bytes of a check from a request line, which header lines and a body may follow. A version
// and the headers that a request needs are added where they are missing.
func httpCheckRequest(configured, host string) string {
	head, body, _ := strings.Cut(strings.ReplaceAll(configured, "\r\n", "\n"), "\n\n")
	lines := strings.Split(strings.TrimRight(head, "\n"), "\n")
	fields := strings.Fields(lines[0])
	switch len(fields) {
	case 0:
		fields = []string{http.MethodGet, "/", "HTTP/1.0"}
	case 1:
		fields = append(fields, "/", "HTTP/1.0")
	case 2:
		fields = append(fields, "HTTP/1.0")
	}
	lines[0] = strings.Join(fields, " ")
	for _, missing := range []struct{ name, value string }{
		{"Host", host},
		{"Connection", "close"},
		{"Content-Length", strconv.Itoa(len(body))},
	} {
		needed := missing.name != "Content-Length" || body != ""
		if needed && !slices.ContainsFunc(lines[1:], func(line string) bool { return isHeader(line, missing.name) }) {
			lines = append(lines, missing.name+": "+missing.value)
		}
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

func isHeader(line, name string) bool {
	found, _, ok := strings.Cut(line, ":")
	return ok && strings.EqualFold(strings.TrimSpace(found), name)
}

// readHTTPAnswer judges an answer: its code must be in one of the classes (none: any code), and text, when set, must
// be in the first maxAnswer bytes of its headers and body.
func readHTTPAnswer(from io.Reader, method string, classes []int, text string) error {
	var seen bytes.Buffer
	reader := bufio.NewReader(io.TeeReader(io.LimitReader(from, http.DefaultMaxHeaderBytes), &seen))
	response, err := http.ReadResponse(reader, &http.Request{Method: method})
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // the connection is not used again
	if class := response.StatusCode / 100; len(classes) > 0 && !slices.Contains(classes, class) {
		return fmt.Errorf("answered with code %d", response.StatusCode)
	}
	if text == "" {
		return nil
	}
	chunk := make([]byte, maxAnswer)
	for {
		if bytes.Contains(seen.Bytes()[:min(seen.Len(), maxAnswer)], []byte(text)) {
			return nil
		}
		if errors.Is(err, io.EOF) || seen.Len() >= maxAnswer {
			return errNoText
		}
		if err != nil {
			return fmt.Errorf("reading the answer: %w", err)
		}
		_, err = response.Body.Read(chunk)
	}
}
