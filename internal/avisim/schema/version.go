package schema

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a Controller release, as in "20.1.1". The zero value is older than every release.
type Version struct{ Major, Minor, Patch int }

// ParseVersion reads "20.1.1" or "20.1".
func ParseVersion(text string) (Version, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 2 && len(parts) != 3 {
		return Version{}, fmt.Errorf("version %q is not of the form 20.1.1", text)
	}
	var numbers [3]int
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return Version{}, fmt.Errorf("version %q is not of the form 20.1.1", text)
		}
		numbers[i] = int(n)
	}
	return Version{numbers[0], numbers[1], numbers[2]}, nil
}

// Less says whether v was released before other.
func (v Version) Less(other Version) bool {
	if v.Major != other.Major {
		return v.Major < other.Major
	}
	if v.Minor != other.Minor {
		return v.Minor < other.Minor
	}
	return v.Patch < other.Patch
}

// String is the dotted form, "20.1.1".
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// Underscored is the form of error texts and of the default version's response header, "20_1_1".
func (v Version) Underscored() string { return fmt.Sprintf("%d_%d_%d", v.Major, v.Minor, v.Patch) }
