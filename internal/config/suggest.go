package config

// nearest gives the name that word is most likely a misspelling of, if there is
// one: at most two letters differ, one in names so short that two would match
// unrelated words.
func nearest(word string, names []string) (string, bool) {
	const short, far = 4, 3
	best, bestDistance := "", far
	for _, name := range names {
		distance := editDistance(word, name)
		if len(name) <= short && distance > 1 {
			continue
		}
		if distance < bestDistance {
			best, bestDistance = name, distance
		}
	}
	return best, bestDistance < far
}

// editDistance counts the insertions, deletions and substitutions of bytes that
// turn a into b (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitution := diagonal
			if a[i] != b[j] {
				substitution++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitution, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
