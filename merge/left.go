package merge

import "vgit/repo/item"

// Left is what a server left of a body: sent without the entries that stored lacks, all else as it was sent. With it as the base, what the
// server did not keep is no deletion, and the rest of what stored has is news.
func Left(sent, stored *item.Item) []byte {
	for _, it := range []*item.Item{sent, stored} {
		if it.State() != item.Sound || isCard(it) != isCard(sent) || it.Component() != sent.Component() {
			return sent.Bytes()
		}
	}
	m := &merging{Versions: Versions{L0: sent, L1: sent, R0: sent, R1: stored}}
	m.readAll()
	for _, p := range m.parts {
		p.decide()
		p.left()
	}
	m.write()
	return m.file.bytes()
}

// left leaves only those verdicts in force by which something goes.
func (p *part) left() {
	if v := p.verdict; v != nil {
		if p.r1 != nil {
			v.take(stays)
		}
		return
	}
	for _, t := range p.meetings {
		for _, v := range t.verdicts {
			if v.r0 == nil || v.r1 != nil || v.theirs < Strong || v.in.name == "uid" {
				v.take(stays)
			}
		}
	}
	for _, a := range p.alarms {
		a.left()
	}
}
