package keystone

import (
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
)

func key(n int) (k fingerprint) {
	binary.BigEndian.PutUint64(k[:], uint64(n))
	return k
}

// The cache against a plain list of what was put, most recently used last: it finds exactly the entries that are neither out
// of date nor pushed out by more than its size of later uses.
func TestCacheKeepsTheMostRecentlyUsed(t *testing.T) {
	type stored struct {
		key, value int
		until      time.Time
	}
	rapid.Check(t, func(t *rapid.T) {
		const size = 3
		c := newCache[int](size)
		now := time.Unix(0, 0)
		var model []stored
		take := func(k int) (s stored, found bool) {
			for i := range model {
				if model[i].key == k {
					s = model[i]
					model = append(model[:i:i], model[i+1:]...)
					return s, true
				}
			}
			return s, false
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			k := rapid.IntRange(0, 5).Draw(t, "key")
			switch rapid.IntRange(0, 2).Draw(t, "action") {
			case 0:
				s := stored{k, rapid.Int().Draw(t, "value"), now.Add(time.Duration(rapid.IntRange(1, 5).Draw(t, "seconds")) * time.Second)}
				c.put(key(k), s.value, s.until)
				take(k)
				if model = append(model, s); len(model) > size {
					model = model[1:]
				}
			case 1:
				now = now.Add(time.Second)
			case 2:
				got, found := c.get(key(k), now)
				s, want := take(k)
				if want = want && now.Before(s.until); want {
					model = append(model, s)
				}
				if found != want || (found && got != s.value) {
					t.Fatalf("get %d: %d %v, want %d %v", k, got, found, s.value, want)
				}
			}
			if len(c.entries) != c.recent.Len() || len(c.entries) > size {
				t.Fatalf("%d entries, %d in order", len(c.entries), c.recent.Len())
			}
		}
	})
}

// A remembered answer ends with the cache time or with the token, whichever is first; a rejection after ten seconds.
func TestCacheTimes(t *testing.T) {
	cloud, err := cloudsim.New(cloudsim.Options{TokenLifetime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(cloud.Handler())
	defer server.Close()
	for _, test := range []struct {
		name      string
		cacheTime time.Duration
		valid     bool
		lasts     time.Duration
	}{
		{"cache time", 5 * time.Minute, true, 5 * time.Minute},
		{"token's end", 2 * time.Hour, true, time.Hour},
		{"rejection", 5 * time.Minute, false, 10 * time.Second},
		{"rejection with a short cache time", 3 * time.Second, false, 3 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			session, err := NewSession(Config{
				AuthURL: server.URL + "/identity", Username: "avi-lbaas", Password: cloudsim.DemoPassword, ProjectName: "service",
				CacheTime: test.cacheTime,
			}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			v := NewValidator(session)
			start := time.Now()
			v.now = func() time.Time { return start }
			token := "nonsense"
			if test.valid {
				if token, err = cloud.Token("demo", "demo"); err != nil {
					t.Fatal(err)
				}
			}
			asks := func() bool {
				before := cloud.Counts().Validations
				_, _ = v.Validate(t.Context(), token)
				return cloud.Counts().Validations > before
			}
			if !asks() {
				t.Error("the first time Keystone must be asked")
			}
			v.now = func() time.Time { return start.Add(test.lasts - 2*time.Second) }
			if asks() {
				t.Error("asked again although the answer was remembered")
			}
			v.now = func() time.Time { return start.Add(test.lasts + 2*time.Second) }
			if !asks() {
				t.Error("an old answer was given")
			}
		})
	}
}

func FuzzTokenDocument(f *testing.F) {
	f.Add(`{"token":{"expires_at":"2099-01-01T00:00:00Z","user":{"id":"u","domain":{"id":"d"}},"project":{"id":"p"},"roles":[{"name":"Admin"}],"system":{"all":true}}}`)
	f.Add(`{"token":{"expires_at":"","user":null}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var document tokenDocument
		if json.Unmarshal([]byte(text), &document) != nil {
			return
		}
		who, err := document.identity()
		if err == nil && (who.UserID == "" || who.TokenExpires.IsZero()) {
			t.Errorf("%q gives %+v", text, who)
		}
	})
}
