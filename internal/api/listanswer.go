package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"strconv"
)

// page is a part of a list.
type page struct {
	ends  []string // the ids of the first and the last object; none of an empty page
	more  bool     // the list goes on
	count int
	// object is the i-th object as it is shown: what encodes to its JSON, or that itself.
	object func(i int) (any, error)
}

// selected makes the objects one by one, with only the fields that were asked for.
func (p *page) selected(fields []string) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for i := range p.count {
			object, err := p.object(i)
			if err == nil {
				object, err = selected(object, fields)
			}
			if !yield(object, err) {
				return
			}
		}
	}
}

// objects is the body of an answer with many objects, each of which is made and encoded only when those before it are.
type objects struct {
	root  string
	each  iter.Seq2[any, error]
	more  string // the attribute that holds links
	links any
}

// pieceSize is how many bytes of an answer are collected before they are sent. What is smaller goes in one piece, with its length;
// of what is larger no more than this is held in memory.
const pieceSize = 64 << 10

// writeObjects writes a whole answer piece by piece. Should an object not encode, which is our mistake, that is a 500 as long as
// nothing was sent, and an answer that breaks off otherwise.
func (s *server) writeObjects(ctx context.Context, w http.ResponseWriter, status int, body *objects) {
	buffer := s.buffer()
	defer s.release(buffer)
	p := &pieces{w: w, status: status, buffer: buffer, encoder: json.NewEncoder(buffer)}
	p.encoder.SetEscapeHTML(false)
	switch err := p.write(body); {
	case p.lost != nil:
		s.logger.DebugContext(ctx, "the client did not take its answer", slog.Any("error", p.lost))
	case err != nil && p.begun:
		s.logger.ErrorContext(ctx, "an answer broke off", slog.Any("error", err))
	case err != nil:
		s.writeError(ctx, w, err)
	}
}

// pieces sends an answer as it grows.
type pieces struct {
	w       http.ResponseWriter
	status  int
	buffer  *bytes.Buffer
	encoder *json.Encoder // into buffer
	begun   bool          // something was sent
	lost    error         // the client does not take more
}

func (p *pieces) write(body *objects) error {
	p.buffer.WriteString(`{"` + body.root + `":[`)
	separator := ""
	for object, err := range body.each {
		if err != nil {
			return err
		}
		p.buffer.WriteString(separator)
		separator = ","
		if err := p.encode(object); err != nil {
			return fmt.Errorf("encode one of the %s: %w", body.root, err)
		}
		if p.buffer.Len() >= pieceSize && !p.flush() {
			return nil
		}
	}
	p.buffer.WriteString(`],"` + body.more + `":`)
	if err := p.encode(body.links); err != nil {
		return fmt.Errorf("encode the links of the %s: %w", body.root, err)
	}
	p.buffer.WriteString("}\n")
	if !p.begun {
		p.w.Header().Set("Content-Length", strconv.Itoa(p.buffer.Len()))
	}
	p.flush()
	return nil
}

// encode adds a value, without the end of line that encoders put behind it. What is JSON already is not looked at again.
func (p *pieces) encode(value any) error {
	if text, ok := value.(json.RawMessage); ok {
		p.buffer.Write(text)
		return nil
	}
	if err := p.encoder.Encode(value); err != nil {
		return err
	}
	p.buffer.Truncate(p.buffer.Len() - 1)
	return nil
}

// flush sends what there is, and says whether the client took it.
func (p *pieces) flush() bool {
	if !p.begun {
		p.begun = true
		p.w.Header().Set("Content-Type", contentTypeJSON)
		p.w.WriteHeader(p.status)
	}
	_, p.lost = p.buffer.WriteTo(p.w)
	return p.lost == nil
}
