package config

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// hidden is what a secret looks like everywhere but in Reveal.
const hidden = "***"

// Secret is a fetched value. It prints as *** with every verb and in every encoding; only Reveal gives it away. The zero Secret is empty.
type Secret struct {
	// A closure, since fmt and other printers show the unexported fields of a structure without asking any method, but not what a
	// function holds.
	reveal func() string
}

// NewSecret hides text.
func NewSecret(text string) Secret { return Secret{func() string { return text }} }

// Reveal returns the value itself. It is called where a request is made, and nowhere else.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Empty tells whether there is nothing to hide.
func (s Secret) Empty() bool { return s.Reveal() == "" }

// Equal compares in constant time.
func (s Secret) Equal(o Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(o.Reveal())) == 1
}

// String is ***.
func (s Secret) String() string { return hidden }

// GoString is ***.
func (s Secret) GoString() string { return hidden }

// Format writes *** for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalJSON is "***".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalText is ***.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalBinary is ***.
func (s Secret) MarshalBinary() ([]byte, error) { return []byte(hidden), nil }

// LogValue is ***.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
