package keystone

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"golang.org/x/sync/singleflight"
)

const (
	// negativeTime is how long an invalid token is remembered at most: long enough to spare Keystone a client that repeats
	// itself, short enough that nobody notices.
	negativeTime = 10 * time.Second
	// maxTokenLength bounds what is sent on, in bytes; the longest tokens (JWS) have about a thousand.
	maxTokenLength = 8 << 10
)

// Validator tells who the bearer of a token is. It is safe for use by several goroutines.
type Validator struct {
	session *Session
	ttl     time.Duration // negative: nothing is remembered
	now     func() time.Time
	lookups singleflight.Group
	// Two caches, so that a flood of made-up tokens cannot push out the good ones.
	valid   *cache[Identity]
	invalid *cache[struct{}]
}

// NewValidator asks through the session, whose Config has the cache's settings too.
func NewValidator(session *Session) *Validator {
	size := cmp.Or(session.config.CacheSize, DefaultCacheSize)
	return &Validator{
		session: session,
		ttl:     cmp.Or(session.config.CacheTime, DefaultCacheTime),
		now:     time.Now,
		valid:   newCache[Identity](size),
		invalid: newCache[struct{}](size),
	}
}

// Validate answers who a token is for, or ErrInvalidToken, or ErrUnavailable. An answer is remembered for Config.CacheTime,
// though never past the token's expiry. Concurrent calls with one token share one request to Keystone. The Identity is the
// caller's own.
func (v *Validator) Validate(ctx context.Context, token string) (Identity, error) {
	if !wellFormed(token) {
		return Identity{}, ErrInvalidToken
	}
	key := fingerprint(sha256.Sum256([]byte(token)))
	if who, found := v.valid.get(key, v.now()); found {
		return who.clone(), nil
	}
	if _, found := v.invalid.get(key, v.now()); found {
		return Identity{}, ErrInvalidToken
	}
	result := v.lookups.DoChan(string(key[:]), func() (any, error) {
		// The request is shared, so it must outlive the caller that happened to start it. Two round trips may be needed:
		// one to log in, one to ask.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*v.session.http.Timeout)
		defer cancel()
		return v.lookup(ctx, key, token)
	})
	select {
	case r := <-result:
		if r.Err != nil {
			return Identity{}, r.Err
		}
		who, _ := r.Val.(Identity)
		return who.clone(), nil
	case <-ctx.Done():
		return Identity{}, &outage{"waiting for the validation of a token", context.Cause(ctx)}
	}
}

// clone keeps callers from sharing the lists.
func (i Identity) clone() Identity {
	i.Roles, i.AccessRules = slices.Clone(i.Roles), slices.Clone(i.AccessRules)
	return i
}

// wellFormed refuses what cannot be a token before it gets into an HTTP header: only visible ASCII.
func wellFormed(token string) bool {
	if token == "" || len(token) > maxTokenLength {
		return false
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return false
		}
	}
	return true
}

// ValidateExpired is Validate for the token of a user whose request another service passes on, with a token of its own: what it
// began must be able to end after the user's token has expired. How long after, is Keystone's to say ([token]
// allow_expired_window). Nothing of it is remembered.
func (v *Validator) ValidateExpired(ctx context.Context, token string) (Identity, error) {
	if !wellFormed(token) {
		return Identity{}, ErrInvalidToken
	}
	if who, found := v.valid.get(fingerprint(sha256.Sum256([]byte(token))), v.now()); found {
		return who.clone(), nil
	}
	return v.ask(ctx, token, "?nocatalog&allow_expired=1")
}

// lookup asks Keystone and remembers the answer; outages are not remembered.
func (v *Validator) lookup(ctx context.Context, key fingerprint, token string) (Identity, error) {
	who, err := v.ask(ctx, token, "?nocatalog")
	now := v.now()
	if errors.Is(err, ErrInvalidToken) || err == nil && !now.Before(who.TokenExpires) {
		return Identity{}, v.reject(key, now)
	}
	if err != nil {
		return Identity{}, err
	}
	if v.ttl > 0 {
		until := now.Add(v.ttl)
		if who.TokenExpires.Before(until) {
			until = who.TokenExpires
		}
		v.valid.put(key, who, until)
	}
	return who, nil
}

// ask has Keystone say who a token is for.
func (v *Validator) ask(ctx context.Context, token, query string) (Identity, error) {
	provider, err := v.session.Client(ctx)
	if err != nil {
		return Identity{}, err
	}
	var document tokenDocument
	//nolint:bodyclose // gophercloud has read and closed it, as JSONResponse is set
	_, err = provider.Request(ctx, http.MethodGet, provider.IdentityBase+"v3/auth/tokens"+query, &gophercloud.RequestOpts{
		JSONResponse: &document,
		MoreHeaders:  map[string]string{"X-Subject-Token": token, accessRulesHeader: accessRulesVersion},
		OkCodes:      []int{http.StatusOK, http.StatusNonAuthoritativeInfo},
	})
	switch {
	case gophercloud.ResponseCodeIs(err, http.StatusNotFound):
		return Identity{}, ErrInvalidToken
	case err != nil:
		return Identity{}, &outage{"validating a token", err}
	}
	who, err := document.identity()
	if err != nil {
		return Identity{}, &outage{"validating a token", err}
	}
	return who, nil
}

func (v *Validator) reject(key fingerprint, now time.Time) error {
	if v.ttl > 0 {
		v.invalid.put(key, struct{}{}, now.Add(min(v.ttl, negativeTime)))
	}
	return ErrInvalidToken
}
