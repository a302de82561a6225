package api

import (
	"mime"
	"strconv"
	"strings"
)

// acceptsJSON says that a client takes application/json. No Accept header, or an empty one (as old openstacksdk sends), takes all.
func acceptsJSON(headers []string) bool {
	header := strings.TrimSpace(strings.Join(headers, ","))
	return header == "" || max(quality(header, contentTypeJSON), quality(header, "application/*"), quality(header, "*/*")) > 0
}

// quality is the weight, 0 to 1, that an Accept header gives to exactly this media range; 0 when it does not name it.
func quality(header, mediaRange string) float64 {
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, err := mime.ParseMediaType(part)
		if err != nil || name != mediaRange {
			continue
		}
		q, given := parameters["q"]
		if !given {
			return 1
		}
		weight, err := strconv.ParseFloat(q, 64)
		if err != nil {
			return 0
		}
		return weight
	}
	return 0
}
