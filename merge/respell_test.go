package merge_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"unicode/utf8"

	"vgit/repo/item"
)

// respeller writes an item in another spelling, as servers do: it shuffles lines and components, folds elsewhere, and changes
// the case of names and the line ends.
type respeller struct {
	rng     *rand.Rand
	eol     string
	width   int
	lower   bool
	shuffle bool
	out     bytes.Buffer
}

func newRespeller(seed uint64) *respeller {
	rng := rand.New(rand.NewPCG(seed, 1))
	return &respeller{
		rng:     rng,
		eol:     []string{"\r\n", "\n"}[rng.IntN(2)],
		width:   []int{0, 20, 60, 75}[rng.IntN(4)],
		lower:   rng.IntN(2) == 0,
		shuffle: rng.IntN(4) > 0,
	}
}

func (r *respeller) respell(it *item.Item) []byte {
	r.nodes(it.Tree().Nodes)
	return r.out.Bytes()
}

// nodes writes lines in any order and then components in any order. Lines without a name stay behind the line before them, and
// lines of one name keep their order, as far as they may occur once only.
func (r *respeller) nodes(nodes []item.Node) {
	var lines []string
	var components []*item.Component
	for _, n := range nodes {
		switch {
		case n.Component != nil:
			components = append(components, n.Component)
		default:
			lines = append(lines, r.line(n.Leaf))
		}
	}
	if r.shuffle {
		r.rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		r.rng.Shuffle(len(components), func(i, j int) { components[i], components[j] = components[j], components[i] })
	}
	for _, line := range lines {
		r.out.WriteString(line)
	}
	for _, c := range components {
		r.out.WriteString(r.line(c.Begin))
		r.nodes(c.Nodes)
		r.out.WriteString(r.line(c.End))
	}
}

func (r *respeller) line(l *item.Leaf) string {
	if l.Name == "" {
		return strings.TrimRight(strings.TrimPrefix(l.Value(), "\xef\xbb\xbf"), "\r\n") + r.eol
	}
	text := strings.TrimRight(string(l.Raw), "\r\n")
	if strings.Contains(strings.ToUpper(text), "QUOTED-PRINTABLE") {
		return text + r.eol // has folds of its own
	}
	text = unfolded(text, bytes.ContainsRune(l.Raw, '\n'))
	if end := strings.IndexAny(text, ":;"); r.lower {
		text = strings.ToLower(text[:end]) + text[end:]
	}
	return r.fold(text) + r.eol
}

func unfolded(s string, feeds bool) string {
	eols := []string{"\r\r\n", "\r\n", "\n"}
	if !feeds {
		eols = []string{"\r"}
	}
	for _, eol := range eols {
		s = strings.ReplaceAll(strings.ReplaceAll(s, eol+" ", ""), eol+"\t", "")
	}
	return s
}

func (r *respeller) fold(s string) string {
	if r.width == 0 {
		return s
	}
	var b strings.Builder
	for len(s) > r.width {
		n := r.width
		for n > 1 && (!utf8.RuneStart(s[n]) || s[n-1] == '\r') {
			n--
		}
		b.WriteString(s[:n] + r.eol + " ")
		s = s[n:]
	}
	return b.String() + s
}
