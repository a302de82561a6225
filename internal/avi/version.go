package avi

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
)

const (
	// OldestAPIVersion is the oldest API version that is spoken: the default of
	// the vendor's SDKs (controller facts 1.2).
	OldestAPIVersion = "18.2.6"
	// NewestAPIVersion is the newest API version that is asked for unless one is
	// configured: the one whose published schema this program was written
	// against (controller facts, head). Newer Controllers accept it and render
	// their answers for it.
	NewestAPIVersion = "30.2.1"
)

// Version is a version of the Controller or of its API, without a build number.
type Version struct {
	Major, Minor, Maintenance int
}

// versionText accepts "20.1.1", "v30_2_1", "31.1.1-9050", "30.2", "22.1.3.1" and
// "30.2.1-2p3"; what follows the third part does not count.
var versionText = regexp.MustCompile(`^[vV]?(\d{1,5})[._](\d{1,5})(?:[._](\d{1,5})(?:[._]\d+)*)?(?:[-+ (].*)?$`)

// ParseVersion reads a version in any of the spellings that the Controller uses:
// "20.1.1", "20_1_1", "v30_2_1" in messages, "31.1.1-9050" with a build. A missing
// third part is 0.
func ParseVersion(s string) (Version, error) {
	m := versionText.FindStringSubmatch(s)
	if m == nil {
		return Version{}, fmt.Errorf("parse the version %.40q: want something like %q", s, NewestAPIVersion)
	}
	part := func(digits string) int {
		n, err := strconv.Atoi(digits)
		if err != nil {
			return 0 // only the absent third part: the others are digits
		}
		return n
	}
	return Version{Major: part(m[1]), Minor: part(m[2]), Maintenance: part(m[3])}, nil
}

// String returns the form that the X-Avi-Version header takes: "30.2.1".
func (v Version) String() string {
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Maintenance)
}

// Compare returns -1, 0 or +1 as v is older than, the same as or newer than w.
func (v Version) Compare(w Version) int {
	return cmp.Or(
		cmp.Compare(v.Major, w.Major),
		cmp.Compare(v.Minor, w.Minor),
		cmp.Compare(v.Maintenance, w.Maintenance),
	)
}

// CompareVersions compares two versions as [ParseVersion] reads them; text that is
// no version is older than every version.
func CompareVersions(a, b string) int {
	v, errA := ParseVersion(a)
	w, errB := ParseVersion(b)
	switch {
	case errA != nil && errB != nil:
		return 0
	case errA != nil:
		return -1
	case errB != nil:
		return 1
	}
	return v.Compare(w)
}

// negotiate picks the API version to speak: the configured one, which the
// Controller must know, else the newest that both sides know. offered is what the
// Controller said at login.
func negotiate(configured, offered string) (string, error) {
	controller, err := ParseVersion(offered)
	if err != nil {
		if configured == "" {
			return "", fmt.Errorf("the Controller does not say its version: %w", err)
		}
		return configured, nil
	}
	if CompareVersions(offered, OldestAPIVersion) < 0 {
		return "", fmt.Errorf("the Controller has version %s, the oldest supported is %s", controller, OldestAPIVersion)
	}
	if configured != "" {
		if CompareVersions(configured, offered) > 0 {
			return "", fmt.Errorf("API version %s is configured, but the Controller has only %s", configured, controller)
		}
		return configured, nil
	}
	if CompareVersions(offered, NewestAPIVersion) > 0 {
		return NewestAPIVersion, nil
	}
	return controller.String(), nil
}
