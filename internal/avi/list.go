package avi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// pageSize is the largest page that a Controller gives (controller facts 2.7).
const pageSize = "200"

// page is a collection's answer. Its objects are decoded one by one as the loop comes to them: what knows no pages, such as the
// metrics of all virtual services, comes as one of many thousands, and an Object takes several times the room of its text.
type page struct {
	Results []json.RawMessage `json:"results"`
	Next    string            `json:"next"` // absolute URL, absent on the last page
}

// List iterates over a collection, such as "pool" or "virtualservice-inventory",
// reading page by page as the loop goes on. page_size is 200 unless query says
// otherwise. An error ends the iteration. Pages are read at different times: an
// object that moves between them meanwhile may come twice or not at all.
func (c *Client) List(ctx context.Context, tenant, path string, query url.Values) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		query := maps.Clone(query)
		if query == nil {
			query = url.Values{}
		}
		if !query.Has("page_size") {
			query.Set("page_size", pageSize)
		}
		typ, uuid := splitPath(path)
		seen := map[string]bool{}
		for query != nil {
			call := &call{method: http.MethodGet, typ: typ, uuid: uuid, tenant: tenant, query: query}
			seen[query.Encode()] = true
			results, next, err := c.page(ctx, call, path)
			if err == nil && next != nil && seen[next.Encode()] {
				next, err = nil, call.failed(Unavailable, errors.New("the next page is one that was read already"))
			}
			for _, text := range results {
				var o Object
				if err := decode(text, &o); err != nil {
					yield(nil, call.failed(Unavailable, err))
					return
				}
				if !yield(o, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
			query = next
		}
	}
}

// page reads one page; next is the query of the following one, nil on the last.
func (c *Client) page(ctx context.Context, call *call, path string) (results []json.RawMessage, next url.Values, err error) {
	if failure := call.address(strings.Split(path, "/")); failure != nil {
		return nil, nil, failure
	}
	var read page
	a, failure := c.send(ctx, call)
	if failure != nil {
		return nil, nil, failure
	}
	if err := json.Unmarshal(a.body, &read); err != nil {
		failure := call.failed(Unavailable, fmt.Errorf("decode the answer: %w", err))
		failure.Status = a.status
		return nil, nil, failure
	}
	if read.Next == "" {
		return read.Results, nil, nil
	}
	// Only the query counts: the host is the one that the Controller believes to
	// have, which behind a proxy is not where it is reached.
	u, err := url.Parse(read.Next)
	if err != nil {
		return nil, nil, call.failed(Unavailable, fmt.Errorf("read the link to the next page: %w", err))
	}
	next, err = url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, nil, call.failed(Unavailable, fmt.Errorf("read the link to the next page: %w", err))
	}
	return read.Results, next, nil
}
