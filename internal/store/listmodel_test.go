package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// crowd is a store with listeners of one load balancer that share names, projects, limits, times and tags, and the same in memory.
func crowd(t *testing.T) (*bed, []lbaas.Listener) {
	t.Helper()
	b := newBed(t)
	lb := lbaas.LoadBalancer{Resource: b.resource("lb")}
	names, tags := []string{"a", "B", "b", ""}, []string{"red", "Red", "blue", "green"}
	var all []lbaas.Listener
	for i := range 24 {
		l := lbaas.Listener{
			Resource: b.resource(fmt.Sprintf("l%02d", i)), LoadBalancerID: lb.ID, Protocol: lbaas.ListenerTCP, ProtocolPort: 80 + i,
			ConnectionLimit: i % 3, Description: strings.Repeat("x", i%2),
		}
		l.Name, l.ProjectID, l.AdminStateUp = names[i%4], []string{"p", "q", "r"}[i%3], i%5 != 0
		l.TimeoutClientData, l.TLS.Ciphers = []int{0, 60000, 1000}[i%3], []string{"", "AES256", "AES128"}[i%3]
		l.TLS.ClientAuthentication = []lbaas.ClientAuthentication{"", "OPTIONAL", "MANDATORY"}[i%3]
		l.CreatedAt = b.clock.Now().Add(time.Duration(i/6) * time.Second)
		for j, tag := range tags {
			if i>>j&1 == 1 {
				l.Tags = append(l.Tags, tag)
			}
		}
		slices.Sort(l.Tags)
		all = append(all, l)
	}
	b.write(func(tx *store.Tx) error {
		if err := tx.InsertLoadBalancer(&lb); err != nil {
			return err
		}
		for i := range all {
			if err := tx.InsertListener(&all[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return b, all
}

// attribute is an attribute of listeners in memory: as filters write it, and as lists are ordered by it.
type attribute struct {
	text  func(*lbaas.Listener) string
	order func(a, b *lbaas.Listener) int
}

func textual(text func(*lbaas.Listener) string) attribute {
	return attribute{text, func(a, b *lbaas.Listener) int { return cmp.Compare(text(a), text(b)) }}
}

func numeric(number func(*lbaas.Listener) int) attribute {
	return attribute{
		func(l *lbaas.Listener) string { return strconv.Itoa(number(l)) },
		func(a, b *lbaas.Listener) int { return cmp.Compare(number(a), number(b)) },
	}
}

func attributes() map[string]attribute {
	return map[string]attribute{
		"id":               textual(func(l *lbaas.Listener) string { return l.ID }),
		"name":             textual(func(l *lbaas.Listener) string { return l.Name }),
		"project_id":       textual(func(l *lbaas.Listener) string { return l.ProjectID }),
		"description":      textual(func(l *lbaas.Listener) string { return l.Description }),
		"admin_state_up":   textual(func(l *lbaas.Listener) string { return strconv.FormatBool(l.AdminStateUp) }),
		"created_at":       textual(func(l *lbaas.Listener) string { return l.CreatedAt.Format("2006-01-02T15:04:05") }),
		"connection_limit": numeric(func(l *lbaas.Listener) int { return l.ConnectionLimit }),
		"protocol_port":    numeric(func(l *lbaas.Listener) int { return l.ProtocolPort }),
		// What lists are ordered by and is in no column.
		"timeout_client_data":   numeric(func(l *lbaas.Listener) int { return l.ShownTimeoutClientData() }),
		"tls_ciphers":           textual(func(l *lbaas.Listener) string { return l.TLS.Ciphers }),
		"client_authentication": textual(func(l *lbaas.Listener) string { return string(cmp.Or(l.TLS.ClientAuthentication, "NONE")) }),
	}
}

// remembered is what a query gives of the listeners in memory, without its page.
func remembered(all []lbaas.Listener, q store.Query) []lbaas.Listener {
	found := slices.DeleteFunc(slices.Clone(all), func(l lbaas.Listener) bool {
		for name, value := range q.Equal {
			if attributes()[name].text(&l) != value {
				return true
			}
		}
		for name, values := range q.OneOf {
			if !slices.Contains(values, attributes()[name].text(&l)) {
				return true
			}
		}
		return !passes(l.Tags, q.Tags)
	})
	slices.SortFunc(found, func(a, b lbaas.Listener) int {
		for _, key := range append(slices.Clone(q.Sort), store.SortKey{Attribute: "created_at"}, store.SortKey{Attribute: "id"}) {
			if order := attributes()[key.Attribute].order(&a, &b); order != 0 {
				if key.Descending {
					return -order
				}
				return order
			}
		}
		return 0
	})
	return found
}

func passes(tags []string, f lbaas.TagFilter) bool {
	has := func(tag string) bool { return slices.Contains(tags, tag) }
	lacks := func(tag string) bool { return !has(tag) }
	return !slices.ContainsFunc(f.All, lacks) &&
		(len(f.Any) == 0 || slices.ContainsFunc(f.Any, has)) &&
		(len(f.NotAll) == 0 || slices.ContainsFunc(f.NotAll, lacks)) &&
		!slices.ContainsFunc(f.NotAny, has)
}

// question draws a query; its values are those of a listener, so that some filters match.
func question(t *rapid.T, all []lbaas.Listener) store.Query {
	names := []string{"id", "name", "project_id", "description", "admin_state_up", "created_at", "connection_limit", "protocol_port"}
	value := func(name string) string {
		l := rapid.SampledFrom(all).Draw(t, "a listener with the "+name)
		return attributes()[name].text(&l)
	}
	q := store.Query{Equal: map[string]string{}, OneOf: map[string][]string{}}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 2, rapid.ID).Draw(t, "filters") {
		if rapid.Bool().Draw(t, "one value") {
			q.Equal[name] = value(name)
			continue
		}
		q.OneOf[name] = []string{value(name), value(name), value(name)}
	}
	tags := rapid.SliceOfN(rapid.SampledFrom([]string{"red", "Red", "blue", "green", "none"}), 0, 2)
	q.Tags = lbaas.TagFilter{
		All: tags.Draw(t, "tags"), Any: tags.Draw(t, "tags-any"), NotAll: tags.Draw(t, "not-tags"), NotAny: tags.Draw(t, "not-tags-any"),
	}
	names = append(names, "timeout_client_data", "tls_ciphers", "client_authentication")
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 3, rapid.ID).Draw(t, "sort") {
		q.Sort = append(q.Sort, store.SortKey{Attribute: name, Descending: rapid.Bool().Draw(t, "descending")})
	}
	q.Limit, q.Reverse = rapid.IntRange(1, 25).Draw(t, "limit"), rapid.Bool().Draw(t, "reverse")
	return q
}

// Whatever is asked for, page after page in either direction: each object that should come comes once, in its place and with its
// tags.
func TestListsAreThoseOfAModel(t *testing.T) {
	b, all := crowd(t)
	rapid.Check(t, func(t *rapid.T) {
		q := question(t, all)
		var pages []*store.ListenerView
		err := b.Read(b.ctx(), func(tx *store.Tx) error {
			for {
				page, more, err := tx.Listeners(q)
				if err != nil || more && len(page) != q.Limit {
					return fmt.Errorf("a page of %d with more: %v: %w", len(page), more, err)
				}
				if q.Reverse {
					pages = append(page, pages...)
				} else {
					pages = append(pages, page...)
				}
				if !more {
					return nil
				}
				q.Marker = page[len(page)-1].ID
				if q.Reverse {
					q.Marker = page[0].ID
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		found := make([]lbaas.Listener, len(pages))
		for i := range pages {
			found[i] = pages[i].Listener
		}
		if got, want := described(found), described(remembered(all, q)); !slices.Equal(got, want) {
			t.Fatalf("the pages are %v, want %v", got, want)
		}
	})
}

func described(listeners []lbaas.Listener) []string {
	texts := make([]string, len(listeners))
	for i, l := range listeners {
		texts[i] = fmt.Sprint(l.ID, l.Tags)
	}
	return texts
}
