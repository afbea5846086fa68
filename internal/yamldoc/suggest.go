package yamldoc

import "fmt"

// DidYouMean suggests the known word nearest to a misspelt one, as ` (did you mean "accounts"?)`,
// or returns "" if none is near.
func DidYouMean(word string, known []string) string {
	best, bestDistance := "", 1+len(word)/3
	for _, candidate := range known {
		if d := distance(word, candidate); d <= bestDistance && (best == "" || d < bestDistance) {
			best, bestDistance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// distance returns the Levenshtein distance in bytes: keys, Regions and rule ids are ASCII.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
