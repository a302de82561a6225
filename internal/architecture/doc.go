// Package architecture has no code: its tests hold the house to its plan, that is which package may import which, and that each
// says what it is for.
package architecture
