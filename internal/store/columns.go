package store

import (
	"database/sql/driver"
	"encoding/json"
)

// valueColumn stores a value as JSON, its zero value as the empty text.
type valueColumn[T any] struct{ v *T }

// Scan implements sql.Scanner.
func (c valueColumn[T]) Scan(v any) error {
	text, err := textOf(v)
	if err != nil {
		return err
	}
	*c.v = *new(T)
	if len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, c.v)
}

// Value implements driver.Valuer.
func (c valueColumn[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(*c.v)
	if err != nil || string(text) == "{}" || string(text) == "null" {
		return "", err
	}
	return string(text), nil
}

// jsonValue stores a value as JSON.
type jsonValue[T any] struct{ v *T }

// Scan implements sql.Scanner.
func (c jsonValue[T]) Scan(v any) error {
	text, err := textOf(v)
	if err != nil {
		return err
	}
	*c.v = *new(T)
	if string(text) == "{}" { // most rows of a list, not worth a decoder each
		return nil
	}
	return json.Unmarshal(text, c.v)
}

// Value implements driver.Valuer.
func (c jsonValue[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(*c.v)
	return string(text), err
}
