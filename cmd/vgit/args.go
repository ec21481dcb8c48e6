package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// arrange sorts arguments into the order that the flag package can read: global flags, command, flags of the command, and
// the rest behind "--". A person may write them in any order. Requests for help become the command help.
func arrange(app *cli.App, args []string) ([]string, error) {
	a := &arranger{app: app}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			if a.command != nil && separating[a.command.Name] {
				a.rest = append(a.rest, arg)
			}
			a.rest = append(a.rest, args[i+1:]...)
			i = len(args)
		case arg == "-h" || arg == "--help" || arg == "-help":
			a.help = true
		case len(arg) > 1 && arg[0] == '-':
			used, err := a.flag(arg, args[i+1:])
			if err != nil {
				return nil, err
			}
			i += used
		default:
			if err := a.word(arg); err != nil {
				return nil, err
			}
		}
	}
	return a.line(), nil
}

// separating are the commands to which "--" says more than that no flag follows: it parts moments from places.
var separating = map[string]bool{"diff": true}

type arranger struct {
	app     *cli.App
	command *cli.Command
	global  []string
	own     []string
	rest    []string
	help    bool
}

// word takes the name of the command, or an argument of it.
func (a *arranger) word(arg string) error {
	if a.command != nil {
		a.rest = append(a.rest, arg)
		return nil
	}
	if a.command = a.app.Command(arg); a.command != nil {
		return nil
	}
	return &usageError{what: "no command " + quote(arg) + nearest(arg, commandNames(a.app)), hint: "see vgit help"}
}

// flag takes one flag and tells how many of the arguments after it belong to it.
func (a *arranger) flag(arg string, after []string) (used int, err error) {
	name, _, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	to, f := a.find(name)
	if f == nil {
		if letters := a.letters(arg); letters != nil {
			for _, l := range letters {
				if _, err := a.flag(l, nil); err != nil {
					return 0, err
				}
			}
			return 0, nil
		}
		return 0, a.unknown(arg, name)
	}
	*to = append(*to, arg)
	if _, isBool := f.(*cli.BoolFlag); isBool || hasValue {
		return 0, nil
	}
	if len(after) == 0 {
		return 0, &usageError{what: arg + " needs a value", hint: a.seeHelp()}
	}
	*to = append(*to, after[0])
	return 1, nil
}

// find looks a flag up, first among those of the command.
func (a *arranger) find(name string) (*[]string, cli.Flag) {
	if a.command != nil {
		if f := findFlag(a.command.Flags, name); f != nil {
			return &a.own, f
		}
	}
	return &a.global, findFlag(a.app.Flags, name)
}

func findFlag(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		for _, n := range f.Names() {
			if n == name {
				return f
			}
		}
	}
	return nil
}

// letters takes -nv apart, if each letter is a flag without a value.
func (a *arranger) letters(arg string) []string {
	if strings.HasPrefix(arg, "--") || len(arg) < 3 {
		return nil
	}
	var all []string
	for _, r := range arg[1:] {
		_, f := a.find(string(r))
		if _, isBool := f.(*cli.BoolFlag); !isBool {
			return nil
		}
		all = append(all, "-"+string(r))
	}
	return all
}

func (a *arranger) unknown(arg, name string) error {
	var names []string
	flags := a.app.Flags
	if a.command != nil {
		flags = append(flags[:len(flags):len(flags)], a.command.Flags...)
	}
	for _, f := range flags {
		for _, n := range f.Names() {
			if len(n) > 1 {
				names = append(names, "--"+n)
			}
		}
	}
	return &usageError{what: "no flag " + quote(arg) + nearest("--"+name, names), hint: a.seeHelp()}
}

func (a *arranger) seeHelp() string {
	if a.command == nil {
		return "see vgit help"
	}
	return "see vgit help " + a.command.Name
}

func (a *arranger) line() []string {
	line := a.global
	switch {
	case a.help && a.command != nil:
		return append(line, "help", a.command.Name)
	case a.help:
		return append(line, "help")
	case a.command == nil:
		return line
	}
	line = append(append(line, a.command.Name), a.own...)
	if len(a.rest) > 0 {
		line = append(append(line, "--"), a.rest...)
	}
	return line
}

func commandNames(app *cli.App) (names []string) {
	for _, c := range app.Commands {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return names
}

// nearest is a question after the word that was probably meant, or nothing.
func nearest(word string, words []string) string {
	best, least := "", 3
	for _, w := range words {
		if d := distance(word, w); d < least && d < max(len(w)/2, 2) {
			best, least = w, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + quote(best) + "?)"
}

// distance counts the letters to add, drop, change or swap to get from a to b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range y {
		rows[0][j+1] = j + 1
	}
	for i := range x {
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			d := min(rows[i][j]+cost, rows[i][j+1]+1, rows[i+1][j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(x)][len(y)]
}
