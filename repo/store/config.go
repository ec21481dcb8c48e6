package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	gitconfig "github.com/go-git/go-git/v5/plumbing/format/config"
)

// config is the repository's own configuration. Files that it includes, the user's and the system's have no influence
// here, nor has the environment (S35, F108).
type config struct{ file *gitconfig.Config }

const maxConfig = 1 << 20

func (s *Store) readConfig() (c config, err error) {
	defer edge(&err)
	name := path.Join(s.path, "config")
	b, err := readSmall(s.git, "config", maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return config{gitconfig.New()}, nil
	}
	if err != nil {
		return c, err
	}
	file := gitconfig.New()
	if err := gitconfig.NewDecoder(bytes.NewReader(b)).Decode(file); err != nil {
		return c, fmt.Errorf("%s: %w", name, corrupt("%v", err))
	}
	return config{file}, nil
}

// get gives the last value of a key, "" if there is none.
func (c config) get(section, key string) string {
	if c.file == nil {
		return ""
	}
	value := ""
	for _, sec := range c.file.Sections {
		if sec.IsName(section) {
			for _, o := range sec.Options {
				if o.IsKey(key) {
					value = o.Value
				}
			}
		}
	}
	return value
}

// has says whether a key stands there, with or without a value.
func (c config) has(section, key string) bool {
	for _, sec := range c.file.Sections {
		if sec.IsName(section) && sec.HasOption(key) {
			return true
		}
	}
	return false
}

// isTrue reads a boolean as git does; a key without a value is true.
func (c config) isTrue(section, key string) bool {
	return c.has(section, key) && gitTrue(c.get(section, key))
}

func gitTrue(v string) bool {
	switch strings.ToLower(v) {
	case "false", "no", "off":
		return false
	}
	n, err := strconv.Atoi(v)
	return err != nil || n != 0
}

// keys gives the names of all keys of a section, in lower case.
func (c config) keys(section string) (keys []string) {
	for _, sec := range c.file.Sections {
		if sec.IsName(section) {
			for _, o := range sec.Options {
				keys = append(keys, strings.ToLower(o.Key))
			}
		}
	}
	return keys
}
