package avi

import (
	"context"
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

// page is a collection's answer.
type page struct {
	Results []Object `json:"results"`
	Next    string   `json:"next"` // absolute URL, absent on the last page
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
			for _, o := range results {
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
func (c *Client) page(ctx context.Context, call *call, path string) (results []Object, next url.Values, err error) {
	if failure := call.address(strings.Split(path, "/")); failure != nil {
		return nil, nil, failure
	}
	var read page
	if err := c.roundTrip(ctx, call, nil, &read); err != nil {
		return nil, nil, err
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
