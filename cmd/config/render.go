package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Render shows the configuration in force and where each value came from: as JSON with a table "from" beside the values, or as TOML with a
// comment on each line. A secret is shown as its source, or as "***"; nothing is fetched. Keys that this version does not honour are left out.
func (c *Config) Render(asJSON bool) []byte {
	if asJSON {
		return c.renderJSON()
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", tomlComment(c.Path))
	for _, t := range c.tables {
		fmt.Fprintf(&b, "\n[%s]\n", t.name)
		for _, s := range t.shown() {
			fmt.Fprintf(&b, "%-40s  # %s\n", s.key.name+" = "+tomlValue(shape(s.value)), t.from(s))
		}
	}
	return b.Bytes()
}

// shown are the settings of a table that are in force, in the order of the schema.
func (t table) shown() []setting {
	var all []setting
	kind := get[string](t.settings, "type")
	for _, k := range t.keys {
		if s, set := t.settings[k.name]; set && !k.later && k.name != "like" && (k.types == nil || slices.Contains(k.types, kind)) {
			if v, ok := s.value.(Value); ok && v.IsZero() && k.shown != "" {
				s.value = k.shown
			}
			all = append(all, s)
		}
	}
	return all
}

// from tells where a setting came from.
func (t table) from(s setting) string {
	switch table := strings.TrimSuffix(s.full, "."+s.key.name); {
	case s.like != "":
		return fmt.Sprintf("line %d, like %s", s.line, s.like)
	case s.line == 0:
		return "default"
	case table != t.name:
		return fmt.Sprintf("line %d, [%s]", s.line, table)
	}
	return fmt.Sprintf("line %d", s.line)
}

// member is one name and value of an object whose order is kept.
type member struct {
	name  string
	value any
}

type object []member

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := encode(m.name)
		if err != nil {
			return nil, err
		}
		value, err := encode(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode is json.Marshal without the escapes for HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

func (c *Config) renderJSON() []byte {
	top := object{{"format", 1}, {"exit", 0}, {"errors", []string{}}, {"path", c.Path}} // as every answer begins
	groups := map[string]*object{"vdir": {}, "remote": {}}
	var from object
	for _, t := range c.tables {
		values := object{}
		for _, s := range t.shown() {
			values = append(values, member{s.key.name, shape(s.value)})
			from = append(from, member{t.name + "." + s.key.name, t.from(s)})
		}
		kind, name, nested := strings.Cut(t.name, ".")
		if nested {
			*groups[kind] = append(*groups[kind], member{name, values})
		} else {
			top = append(top, member{t.name, values})
		}
	}
	warnings := c.Warnings
	if warnings == nil {
		warnings = []string{}
	}
	top = append(top, member{"vdir", *groups["vdir"]}, member{"remote", *groups["remote"]}, member{"from", from}, member{"warnings", warnings})
	data, err := encode(top)
	if err != nil {
		panic(err) // strings, numbers and booleans only: a mistake in this file
	}
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", "  "); err != nil {
		panic(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// shape turns a value into strings, numbers, booleans, lists and objects, with secrets as their sources.
func shape(v any) any {
	switch v := v.(type) {
	case time.Duration:
		return formatSpan(v)
	case Moment:
		return v.String()
	case Value:
		return v.shape()
	case way:
		return v.shape()
	case limit:
		return v.shape()
	case limitRows:
		return v.shape()
	case Selection:
		if v.Table == nil && !v.Rest {
			return append([]string{}, v.List...)
		}
		all := object{}
		for _, p := range v.Table {
			all = append(all, member{p.Dir, p.At})
		}
		if v.Rest {
			all = append(all, member{"*", "*"})
		}
		return all
	}
	return v
}

// shape is the value as it may be seen.
func (v Value) shape() any {
	switch v.Source() {
	case Plain:
		return v.String()
	case Command:
		return object{{string(Command), slices.Clone(v.at.words)}}
	}
	return object{{string(v.Source()), v.at.text.Reveal()}}
}

// tomlValue writes what shape returns.
func tomlValue(v any) string {
	switch v := v.(type) {
	case string:
		return tomlString(v)
	case []string:
		parts := make([]string, len(v))
		for i, s := range v {
			parts[i] = tomlString(s)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case object:
		parts := make([]string, len(v))
		for i, m := range v {
			parts[i] = tomlKey(m.name) + " = " + tomlValue(m.value)
		}
		if len(parts) == 0 {
			return "{}"
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	return fmt.Sprint(v)
}

// tomlKey writes a key, in quotes where it needs them.
func tomlKey(s string) string {
	plain := s != ""
	for _, c := range []byte(s) {
		plain = plain && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}
	if plain {
		return s
	}
	return tomlString(s)
}

// tomlString writes a basic string. Everything that does not print is escaped.
func tomlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case strconv.IsPrint(c) && c != utf8.RuneError:
			b.WriteRune(c)
		case c > 0xffff:
			fmt.Fprintf(&b, `\U%08X`, c)
		default:
			fmt.Fprintf(&b, `\u%04X`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// tomlComment makes text fit for a comment of one line.
func tomlComment(s string) string {
	quoted := tomlString(s)
	return quoted[1 : len(quoted)-1]
}
