package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
)

// largestKept is the size in bytes above which a buffer is not kept for another answer: a few long lists must not hold memory.
const largestKept = 128 << 10

func (s *server) buffer() *bytes.Buffer {
	if kept, ok := s.buffers.Get().(*bytes.Buffer); ok {
		return kept
	}
	return &bytes.Buffer{}
}

func (s *server) release(b *bytes.Buffer) {
	if b.Cap() <= largestKept {
		b.Reset()
		s.buffers.Put(b)
	}
}

// writeJSON writes a whole answer. A body that does not encode is our mistake, and becomes a 500.
func (s *server) writeJSON(ctx context.Context, w http.ResponseWriter, status int, body any) {
	if many, ok := body.(*objects); ok {
		s.writeObjects(ctx, w, status, many)
		return
	}
	buffer := s.buffer()
	defer s.release(buffer)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		s.writeError(ctx, w, fmt.Errorf("encode an answer: %w", err))
		return
	}
	w.Header().Set("Content-Type", contentTypeJSON)
	w.Header().Set("Content-Length", strconv.Itoa(buffer.Len()))
	w.WriteHeader(status)
	if _, err := w.Write(buffer.Bytes()); err != nil {
		s.logger.DebugContext(ctx, "the client did not take its answer", slog.Any("error", err))
	}
}
