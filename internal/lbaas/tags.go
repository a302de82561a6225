package lbaas

import "slices"

// TagFilter narrows a list by tags. An object has to pass each part that is not empty.
type TagFilter struct {
	All    []string // it has all of them
	Any    []string // it has at least one of them
	NotAll []string // it lacks at least one of them
	NotAny []string // it has none of them
}

// updateTags applies the tags of a request: they take the place of those that were there. Null leaves them, as in Octavia.
func (r *Resource) updateTags(in Attr[[]string]) error {
	if !in.HasValue() {
		return nil
	}
	for _, tag := range in.Value {
		if err := checkText("tags", tag); err != nil {
			return err
		}
	}
	r.Tags = slices.Clone(in.Value)
	slices.Sort(r.Tags)
	r.Tags = slices.Compact(r.Tags)
	return nil
}
