package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vgit/cmd/config"
	"vgit/remote"
	"vgit/remote/dav"
	"vgit/repo"
)

// This file looks the account up that init was told of.

// vdirNames are what the vdirs are called that init makes.
var vdirNames = map[config.Kind]string{config.Calendar: "calendars", config.Contacts: "contacts"}

// lookUp tries the login for each kind, and asks for the directories of what is there. A kind that cannot be looked up is
// left out and said to be; without any there is nothing to write.
func (u *setup) lookUp(ctx context.Context) error {
	kinds := []config.Kind{config.Calendar, config.Contacts}
	if u.kind != "" && u.kind != "both" {
		kinds = []config.Kind{config.Kind(u.kind)}
	}
	failed := map[config.Kind]error{}
	for _, kind := range kinds {
		found, err := u.look(ctx, kind)
		refused := errors.Is(err, remote.ErrLogin) && len(u.answers.Parts) == 0 // once is enough: the other kind has the same login
		switch {
		case refused, config.AsProblems(err) != nil, ctx.Err() != nil, err != nil && len(kinds) == 1:
			return err
		case err != nil:
			failed[kind] = err
		case len(found) == 0 && len(kinds) > 1 && u.kind == "":
			fmt.Fprintf(u.Stderr, "found no %s collection; %s are left out\n", singular(kind), vdirNames[kind])
		default:
			if err := u.take(ctx, kind, found, len(kinds) > 1); err != nil {
				return err
			}
		}
	}
	return u.missing(kinds, failed)
}

// look tries a kind, and asks a person about each other site that the account leads to (P2). What is confirmed goes into the
// configuration.
func (u *setup) look(ctx context.Context, kind config.Kind) (found []string, err error) {
	for {
		found, err = u.try(ctx, kind)
		var elsewhere *dav.Elsewhere
		if !errors.As(err, &elsewhere) || slices.Contains(u.answers.Origins, elsewhere.Origin) {
			return found, err
		}
		if u.yes || u.Ask == nil {
			u.hint("if that is right: vgit init --origin " + repo.ShellWord(elsewhere.Origin))
			return nil, err
		}
		answer, unheard := u.askOnce(ctx, "The account leads to "+clean(elsewhere.Origin)+", another site, which would see the password. Is that right? [y/N] ", false)
		if answer = strings.ToLower(strings.TrimSpace(answer)); unheard != nil || answer != "y" && answer != "yes" {
			return nil, errors.Join(err, unheard)
		}
		u.answers.Origins = append(u.answers.Origins, elsewhere.Origin)
	}
}

// missing tells of the kinds that could not be looked up. If none could, there is nothing to write.
func (u *setup) missing(kinds []config.Kind, failed map[config.Kind]error) error {
	for _, kind := range kinds {
		err := failed[kind]
		switch {
		case err == nil:
			continue
		case len(u.answers.Parts) == 0:
			return err
		case lasts(err, false):
			u.code = exitSome
		default:
			u.code = exitTemporary
		}
		u.say(vdirNames[kind], err.Error()+"; they are left out: vgit init --kind "+string(kind)+" looks again and prints what to add")
	}
	if len(u.answers.Parts) == 0 {
		return errors.New("the account has no collection")
	}
	return nil
}

// take makes a vdir and its remote out of what was found.
func (u *setup) take(ctx context.Context, kind config.Kind, found []string, both bool) error {
	name, dir := vdirNames[kind], ""
	if u.dir != "" {
		dir = u.abs(u.dir)
		if both {
			dir = filepath.Join(dir, name)
		}
	}
	fmt.Fprintf(u.Stderr, "found %s: %s\n", count(len(found), singular(kind)+" collection"), clean(strings.Join(found, ", ")))
	if err := u.suggested(ctx, &dir, "Directory for your "+name, "~/."+name); err != nil {
		return err
	}
	account := accountName(u.url)
	if len(u.answers.Parts) > 0 {
		account += "-" + name
	}
	u.answers.Parts = append(u.answers.Parts, config.Part{Name: name, Remote: account, Kind: kind, Path: dir, URL: u.url})
	return nil
}

func singular(kind config.Kind) string { return strings.TrimSuffix(vdirNames[kind], "s") }

// accountName is what a remote is called after its address: the first label of the host that says something, such as "nextcloud".
func accountName(address string) string {
	host := address
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		host = u.Hostname()
	} else if _, domain, isMail := strings.Cut(address, "@"); isMail {
		host = domain
	}
	labels := strings.Split(strings.ToLower(host), ".")
	if _, err := netip.ParseAddr(host); err == nil {
		labels = nil
	}
	for _, label := range labels {
		label = strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
				return r
			}
			return -1
		}, label)
		label = strings.Trim(label[:min(len(label), 24)], "-")
		if label != "" && (!slices.Contains(vague, label)) {
			return label
		}
	}
	return "server"
}

// vague are labels of hosts that say nothing about whose they are, and words that mean something else in vgit.
var vague = []string{"www", "dav", "caldav", "carddav", "cal", "calendar", "calendars", "contacts", "mail", "webmail", "imap", "localhost", "here"}

// try looks at the account with the configuration that would be written, and returns what it has.
func (u *setup) try(ctx context.Context, kind config.Kind) (found []string, err error) {
	name := vdirNames[kind]
	a := u.answers
	a.Parts = []config.Part{{Name: name, Remote: accountName(u.url), Kind: kind, Path: "~/." + name, URL: u.url}}
	temp, err := os.MkdirTemp("", "vgit-init-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	path := filepath.Join(temp, "config.toml")
	if err := os.WriteFile(path, config.Template(a), 0o600); err != nil {
		return nil, err
	}
	trial := &session{World: u.World, file: path, quiet: true, trace: u.trace}
	if u.Ask != nil {
		trial.Ask = u.askOnce
	}
	if err := trial.open(); err != nil {
		return nil, err
	}
	account, err := trial.connect(ctx, trial.cfg.VDir(name), trial.cfg.Remotes[a.Parts[0].Remote])
	if err != nil {
		return nil, err
	}
	defer account.Close()
	if _, err := account.Look(ctx, remote.Binding{}); err != nil {
		return nil, err
	}
	for _, info := range account.shown.Collections {
		label := info.Name
		if label == "" {
			label = info.ID
		}
		found = append(found, repo.Plain(label))
	}
	return found, nil
}

// askOnce asks what has not been asked yet.
func (u *setup) askOnce(ctx context.Context, prompt string, secret bool) (string, error) {
	if answer, ok := u.typed[prompt]; ok {
		return answer, nil
	}
	answer, err := u.Ask(ctx, prompt, secret)
	if err == nil {
		u.typed[prompt] = answer
	}
	return answer, err
}
