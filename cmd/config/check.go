package config

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// This file has the checks that look at more than one key.

// remotes reads the [remote] tables, follows `like` and fills in what is missing.
func (r *reader) remotes(root *node, network table) []table {
	all := r.many(root, "remote", remoteKeys)
	byName := map[string]table{}
	for _, t := range all {
		byName[strings.TrimPrefix(t.name, "remote.")] = t
	}
	own := map[string]settings{} // before anything is inherited, so that the order of the file does not matter
	for name, t := range byName {
		own[name] = maps.Clone(t.settings)
	}
	for _, t := range all {
		chain := r.chain(t, byName)
		kind := get[string](t.settings, "type")
		for i := 0; kind == "" && i < len(chain); i++ {
			if _, broken := t.settings["type"]; broken {
				break
			}
			kind = get[string](own[chain[i]], "type")
		}
		if !r.remoteType(t, kind) {
			continue
		}
		known := func(k *key) bool {
			return k.name != "like" && (k.types == nil || slices.Contains(k.types, kind))
		}
		for _, name := range chain {
			t.take(table{settings: own[name]}, name, known)
		}
		r.login(t)
		t.take(network, "", func(k *key) bool { return true })
		t.fill()
		r.trust(t)
		r.window(t)
	}
	return all
}

// chain are the remotes that t takes keys from, the nearest first.
func (r *reader) chain(t table, byName map[string]table) []string {
	var chain []string
	for at := t; ; {
		like := get[string](at.settings, "like")
		if like == "" {
			return chain
		}
		s := at.settings["like"]
		next, known := byName[like]
		switch {
		case !known && at.name == t.name: // else the other table reports it
			r.unknown(s.line, s.full, `"like": there is no remote %q; `+r.knownRemotes(byName), like, slices.Sorted(maps.Keys(byName)))
			return chain
		case !known:
			return chain
		case next.name == t.name || slices.Contains(chain, like):
			r.fail(s.line, s.full, `"like": %q leads back to itself`, like)
			return chain
		}
		chain, at = append(chain, like), next
	}
}

// knownRemotes lists the remotes for a message (V71).
func (r *reader) knownRemotes(byName map[string]table) string {
	if len(byName) == 0 {
		return "there are no remotes in this file"
	}
	return "known: " + strings.ReplaceAll(quoted(slices.Sorted(maps.Keys(byName))), " or ", ", ")
}

// remoteType checks the keys of a remote against its type. It returns false when the rest of the table cannot be judged.
func (r *reader) remoteType(t table, kind string) bool {
	s, set := t.settings["type"]
	switch {
	case kind == "" && set:
		return false // reported where it was read
	case kind == "":
		r.fail(t.line, t.name+".type", `[%s] has no "type"; it is %s`, t.name, quoted(builtTypes))
		return false
	case !slices.Contains(builtTypes, kind) && !set:
		return false // the remote that it is like has the message
	case !slices.Contains(builtTypes, kind):
		r.fail(s.line, s.full, "type = %q is not built yet in this version", kind)
		return false
	}
	r.refuseLater(table{t.name, t.keys, t.line, r.knownTo(t, kind)})
	return true
}

// knownTo reports the settings that a type does not know and returns the others.
func (r *reader) knownTo(t table, kind string) settings {
	known := maps.Clone(t.settings)
	for _, k := range t.keys {
		if s, set := known[k.name]; set && k.types != nil && !slices.Contains(k.types, kind) {
			r.fail(s.line, s.full, "%q is no key of the type %q, but of %s", k.name, kind, quoted(k.types))
			delete(known, k.name)
		}
	}
	return known
}

// login checks url, username, password, auth and token of a remote whose keys are all there (V40, S17, P98).
func (r *reader) login(t table) {
	has := func(name string) bool {
		s, set := t.settings[name]
		v, good := s.value.(Value)
		return set && (!good || !v.IsZero()) // a key that could not be read is there, and reported already
	}
	missing := func(name, why, format string) {
		line := t.line
		if s := t.settings[why]; s.like == "" && s.line > 0 {
			line = s.line
		}
		r.fail(line, t.name+"."+name, format, t.name)
	}
	if !has("url") {
		missing("url", "", `[%s] has no "url"`)
	}
	auth := AuthAuto
	if s, set := t.settings["auth"]; set {
		word, good := s.value.(string)
		if !good {
			return
		}
		auth = Auth(word)
	}
	token := t.settings["token"]
	switch {
	case auth == AuthBearer && !has("token"):
		missing("token", "auth", `[%s] has auth = "bearer" without a "token"`)
	case auth == AuthBearer:
	case has("token") && token.like == "":
		r.fail(token.line, token.full, `"token" is used with auth = "bearer" only`)
	case has("username") && !has("password"):
		missing("password", "username", `[%s] has a "username" without a "password"`)
	case has("password") && !has("username"):
		missing("username", "password", `[%s] has a "password" without a "username"`)
	}
	r.plainHTTP(t, has("username") || has("token"), auth)
}

// plainHTTP checks an address that stands in the file; Remote.Login checks one that is fetched.
func (r *reader) plainHTTP(t table, login bool, auth Auth) {
	s := t.settings["url"]
	text, here := get[Value](t.settings, "url").plain()
	if !here {
		return
	}
	a, _, what := parseAddress(text)
	if what == "" {
		what = checkWay(a, get[string](t.settings, "socket"), get[bool](t.settings, "insecure_http"), login, auth)
	}
	if what != "" {
		line := s.line
		if s.like != "" {
			line = t.line
		}
		r.fail(line, t.name+".url", `"url": %s`, what)
	}
}

// vdirs reads the [vdir] tables and fills in what is missing.
func (r *reader) vdirs(root *node) []table {
	all := r.many(root, "vdir", vdirKeys)
	for _, t := range all {
		r.refuseLater(t)
		if _, set := t.settings["kind"]; !set {
			r.fail(t.line, t.name+".kind", `[%s] has no "kind"; it is "calendar" or "contacts"`, t.name)
		}
		if _, set := t.settings["path"]; !set {
			dir, err := baseDir(r.env, "XDG_DATA_HOME", filepath.Join(".local", "share"))
			if err != nil {
				r.fail(t.line, t.name+".path", `[%s] has no "path", and %s`, t.name, err)
			}
			path := filepath.Join(dir, "vgit", strings.TrimPrefix(t.name, "vdir."))
			t.settings["path"] = setting{value: path, key: lookup(vdirKeys, "path"), full: t.name + ".path"}
		}
		if _, set := t.settings["extension"]; !set {
			extension := ".ics"
			if get[string](t.settings, "kind") == string(Contacts) {
				extension = ".vcf"
			}
			t.settings["extension"] = setting{value: extension, key: lookup(vdirKeys, "extension"), full: t.name + ".extension"}
		}
		t.fill()
	}
	return all
}

// relations checks which vdir has which remotes (V71).
func (r *reader) relations(vdirs, remotes []table) {
	byName := map[string]table{}
	for _, t := range remotes {
		byName[strings.TrimPrefix(t.name, "remote.")] = t
	}
	used := map[string]bool{}
	for _, t := range vdirs {
		s := t.settings["remotes"]
		list := get[[]string](t.settings, "remotes")
		for i, name := range list {
			if used[name] = true; slices.Contains(list[:i], name) {
				r.fail(s.line, s.full, `"remotes": %q is there twice`, name)
				continue
			}
			remote, known := byName[name]
			if !known {
				r.unknown(s.line, s.full, `"remotes": there is no remote %q; `+r.knownRemotes(byName), name, slices.Sorted(maps.Keys(byName)))
				continue
			}
			r.fit(t, s, name, remote)
		}
	}
	for _, t := range remotes {
		if name := strings.TrimPrefix(t.name, "remote."); !used[name] {
			r.warn(t.line, "no vdir uses the remote %q", name)
		}
	}
}

// fit checks that a vdir and its remote are of one kind, and that one directory gets one collection.
func (r *reader) fit(vdir table, s setting, name string, remote table) {
	kind, speaks := get[string](vdir.settings, "kind"), Type(get[string](remote.settings, "type"))
	if kind != "" && slices.Contains(builtTypes, string(speaks)) && string(speaks.Kind()) != kind {
		r.fail(s.line, s.full, `"remotes": %q is of type %q and does not fit kind = %q`, name, speaks, kind)
	}
	chosen := get[Selection](remote.settings, "collections")
	if get[string](vdir.settings, "layout") == "single" && (len(chosen.Table) > 1 || chosen.Rest) {
		r.fail(vdir.settings["layout"].line, vdir.name+".layout", `"layout": a single directory is one collection, but %q has several`, name)
	}
}

// places checks the paths of the vdirs against each other, the configuration (S28) and what is there (V32).
func (r *reader) places(vdirs []table) {
	for i, t := range vdirs {
		s := t.settings["path"]
		path, ok := s.value.(string)
		if !ok {
			continue
		}
		line := s.line
		if line == 0 {
			line = t.line
		}
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			r.fail(line, s.full, `"path": %q is a file, not a directory`, path)
		}
		if within(r.file, path) {
			r.fail(line, s.full, `"path": this configuration lies inside the vdir; move it to ~/.config/vgit`)
		}
		for _, other := range vdirs[:i] {
			before, ok := other.settings["path"].value.(string)
			switch {
			case !ok:
			case real(path) == real(before):
				r.fail(line, s.full, `"path" is that of [%s] too`, other.name)
			case within(path, before):
				r.fail(line, s.full, `"path" lies inside that of [%s]`, other.name)
			case within(before, path):
				r.fail(line, s.full, `"path" holds that of [%s]`, other.name)
			}
		}
	}
}

// secrets looks where secrets lie: the configuration itself and the files it names (S26, S28).
func (r *reader) secrets(tables, vdirs []table, strict bool) {
	report := r.warn
	if strict {
		report = func(line int, format string, args ...any) { r.fail(line, "", format, args...) }
	}
	plain := 0
	for _, t := range tables {
		r.secretKeys(t, vdirs, report)
		for _, k := range t.keys {
			s := t.settings[k.name]
			v, ok := s.value.(Value)
			if !ok || v.IsZero() || s.full != t.name+"."+k.name {
				continue
			}
			switch {
			case v.at.source == File:
				r.secretFile(s, v.at.text.Reveal(), vdirs, report)
			case v.at.source == Plain && v.at.secret && plain == 0:
				plain = s.line
			}
		}
	}
	if plain > 0 && othersRead(r.file) {
		report(plain, "others can read this file, and it holds a password; chmod 600 %s", r.file)
	}
}

// secretFile checks the place of a { file = … }.
func (r *reader) secretFile(s setting, path string, vdirs []table, report func(line int, format string, args ...any)) {
	for _, t := range vdirs {
		if dir := get[string](t.settings, "path"); dir != "" && within(path, dir) {
			r.fail(s.line, s.full, "%q: the file lies inside the vdir of [%s], whose history would keep it", s.key.name, t.name)
			return
		}
	}
	if othersRead(path) {
		report(s.line, "%q: others can read the file; chmod 600 %s", s.key.name, path)
	}
}
