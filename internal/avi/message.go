package avi

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage is the longest message that an Error carries, in bytes.
const maxMessage = 500

// maxLooked is how much of a longer text is looked at to make a message.
const maxLooked = 64 << 10

var (
	// privateKey finds a PEM private key, also one that lost its end.
	privateKey = regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`)
	// secretField finds `password: "x"` in protobuf text and `"password":"x"` in
	// JSON, escaped quotes included.
	secretField = regexp.MustCompile(`(?i)(\w*(?:password|passwd|passphrase|secret|token|private_key|hmac_key|aes_key)\w*\\*["']?\s*[:=]\s*)(\\*"(?:[^"\\]|\\.)*"?|\\*'(?:[^'\\]|\\.)*'?|[^\s,;}]+)`)
)

// presentable makes the Controller's text fit for logs and statuses: one line,
// bounded, and without what the Controller may echo of a body. A "Bad pb" carries
// the whole object as protobuf text (facts 2.4), for a certificate that is its
// private key.
func presentable(c *call, message string) string {
	if c.typ == "sslkeyandcertificate" {
		if i := strings.Index(strings.ToLower(message), "bad pb"); i >= 0 {
			message = message[:i+len("bad pb")] + " (object left out)"
		}
	}
	if len(message) > maxLooked {
		message = message[:maxLooked]
	}
	message = privateKey.ReplaceAllString(message, "(private key left out)")
	message = secretField.ReplaceAllString(message, "${1}***")
	return shortened(oneLine(message))
}

// oneLine replaces each run of white space and unprintable characters by a space.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
}

// shortened cuts s to maxMessage bytes, at a character's boundary.
func shortened(s string) string {
	const mark = "…"
	if len(s) <= maxMessage {
		return s
	}
	end := maxMessage - len(mark)
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + mark
}

// referrersIn reads who refers to an object: "… referred by: ['Pool x', "Pool y's"]"
// as Python prints a list, on newer Controllers "[VCenterServer vcenter]" without
// quotes (facts 2.6). It returns nil when there is no list.
func referrersIn(message string) []string {
	_, list, found := strings.Cut(message, "referred by")
	if !found {
		return nil
	}
	_, list, found = strings.Cut(list, "[")
	if !found {
		return nil
	}
	list = strings.TrimSpace(list)
	if !strings.HasPrefix(list, "'") && !strings.HasPrefix(list, `"`) && !strings.HasPrefix(list, "u'") {
		return bareReferrers(list)
	}
	var referrers []string
	for {
		list = strings.TrimLeft(list, ", \tu") // u'…' is how Python 2 prints text
		if list == "" || (list[0] != '\'' && list[0] != '"') {
			return referrers
		}
		var one string
		one, list = pythonText(list)
		if one = oneLine(one); one != "" {
			referrers = append(referrers, one)
		}
	}
}

func bareReferrers(list string) []string {
	if end := strings.LastIndex(list, "]"); end >= 0 {
		list = list[:end]
	}
	var referrers []string
	for one := range strings.SplitSeq(list, ",") {
		if one = oneLine(one); one != "" {
			referrers = append(referrers, one)
		}
	}
	return referrers
}

// pythonText reads the quoted text that s begins with, and returns the rest after
// its closing quote.
func pythonText(s string) (text, rest string) {
	quote := s[0]
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}
