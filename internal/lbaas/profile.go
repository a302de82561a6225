package lbaas

import (
	"fmt"
	"unicode/utf8"
)

// profileText is an attribute of a flavor's or an availability zone's profile: wanted at creation, and never null.
type profileText struct {
	name   string
	value  Attr[string]
	target *string
	check  func(attribute, value string) error
}

// makeProfile sets all attributes of a new profile.
func makeProfile(texts []profileText) error {
	for _, text := range texts {
		if !text.value.HasValue() {
			return Missing(text.name)
		}
	}
	return changeProfile(texts)
}

// changeProfile sets the attributes that are given.
func changeProfile(texts []profileText) error {
	for _, text := range texts {
		if text.value.Null {
			return InvalidOption("None", text.name)
		}
		assign(text.value, text.target, "")
		if err := text.check(text.name, *text.target); err != nil {
			return err
		}
	}
	return nil
}

// maxProfileData is the longest data of a profile, in characters (Octavia's API).
const maxProfileData = 4096

func checkProfileData(attribute, value string) error {
	if utf8.RuneCountInString(value) > maxProfileData {
		return InvalidValue(attribute, flavorExcerpt(value),
			fmt.Sprintf("Value should have a maximum character requirement of %d", maxProfileData))
	}
	return nil
}
