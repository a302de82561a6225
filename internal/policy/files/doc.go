// Package files brings operators' policy files into force: it reads the file and the directories that [oslo_policy] names, and
// reads them again when they change or when it is asked to. Rules that are broken never come into force: at the start they are
// an error, later the old ones stay. It may import policy.
package files
