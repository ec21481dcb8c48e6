package store

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"slices"
	"sort"
)

// packIndex is the index of a pack, version 2, as it lies on disk: a table of 256 counts, then the sorted hashes, their
// CRCs, their offsets in 31 bits, and the few offsets that need more.
type packIndex struct {
	data []byte
	n    int
	big  int // number of 64-bit offsets
}

const (
	idxFan    = 8
	idxHashes = idxFan + 256*4
	idxTail   = 40
)

var idxMagic = []byte{0xff, 't', 'O', 'c', 0, 0, 0, 2}

// parseIndex checks all that a look-up relies on, and both checksums' places; packSize bounds the offsets.
func parseIndex(data []byte, packSize int64) (*packIndex, error) {
	if len(data) < idxHashes+idxTail || !bytes.HasPrefix(data, idxMagic) {
		return nil, corrupt("not a pack index of version 2")
	}
	if sum := sha1.Sum(data[:len(data)-20]); !bytes.Equal(sum[:], data[len(data)-20:]) {
		return nil, corrupt("checksum of a pack index")
	}
	x := &packIndex{data: data}
	last := uint32(0)
	for i := range 256 {
		c := binary.BigEndian.Uint32(data[idxFan+4*i:])
		if c < last {
			return nil, corrupt("counts of a pack index")
		}
		last = c
	}
	x.n = int(last)
	rest := int64(len(data)) - idxHashes - idxTail - int64(x.n)*28
	if rest < 0 || rest%8 != 0 || rest > int64(x.n)*8 {
		return nil, corrupt("length of a pack index")
	}
	x.big = int(rest / 8)
	for i := range x.n {
		if off := x.offset(i); off < 12 || off >= packSize-20 {
			return nil, corrupt("an offset of a pack index")
		}
	}
	return x, nil
}

func (x *packIndex) hash(i int) Hash { return Hash(x.data[idxHashes+20*i : idxHashes+20*i+20]) }

func (x *packIndex) crc(i int) uint32 {
	return binary.BigEndian.Uint32(x.data[idxHashes+20*x.n+4*i:])
}

// offset is -1 if the table of big offsets does not reach that far.
func (x *packIndex) offset(i int) int64 {
	o := binary.BigEndian.Uint32(x.data[idxHashes+24*x.n+4*i:])
	if o&(1<<31) == 0 {
		return int64(o)
	}
	b := int(o &^ (1 << 31))
	if b >= x.big {
		return -1
	}
	return int64(binary.BigEndian.Uint64(x.data[idxHashes+28*x.n+8*b:]) & (1<<63 - 1))
}

// checksum is that of the pack which the index belongs to.
func (x *packIndex) checksum() Hash { return Hash(x.data[len(x.data)-40 : len(x.data)-20]) }

// find gives the offset of an object in the pack.
func (x *packIndex) find(h Hash) (int64, bool) {
	lo := 0
	if h[0] > 0 {
		lo = int(binary.BigEndian.Uint32(x.data[idxFan+4*(int(h[0])-1):]))
	}
	hi := int(binary.BigEndian.Uint32(x.data[idxFan+4*int(h[0]):]))
	i := lo + sort.Search(hi-lo, func(i int) bool {
		at := idxHashes + 20*(lo+i)
		return bytes.Compare(x.data[at:at+20], h[:]) >= 0
	})
	if i >= hi || x.hash(i) != h {
		return 0, false
	}
	return x.offset(i), true
}

// byOffset is the entries in the order of the pack.
func (x *packIndex) byOffset() []packed {
	list := make([]packed, x.n)
	for i := range list {
		list[i] = packed{hash: x.hash(i), crc: x.crc(i), offset: x.offset(i)}
	}
	slices.SortFunc(list, func(a, b packed) int { return int(a.offset - b.offset) })
	return list
}

// packed is where an object lies in a pack, and the CRC-32 of its bytes there.
type packed struct {
	hash   Hash
	crc    uint32
	offset int64
}

// encodeIndex writes the index of a pack; it sorts entries.
func encodeIndex(entries []packed, packSum Hash) []byte {
	slices.SortFunc(entries, func(a, b packed) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	b := make([]byte, 0, idxHashes+28*len(entries)+idxTail)
	b = append(b, idxMagic...)
	i := 0
	for first := range 256 {
		for i < len(entries) && int(entries[i].hash[0]) == first {
			i++
		}
		b = binary.BigEndian.AppendUint32(b, uint32(i))
	}
	for _, e := range entries {
		b = append(b, e.hash[:]...)
	}
	for _, e := range entries {
		b = binary.BigEndian.AppendUint32(b, e.crc)
	}
	var big []byte
	for _, e := range entries {
		o := uint32(e.offset)
		if e.offset >= 1<<31 {
			o = 1<<31 | uint32(len(big)/8)
			big = binary.BigEndian.AppendUint64(big, uint64(e.offset))
		}
		b = binary.BigEndian.AppendUint32(b, o)
	}
	b = append(b, big...)
	b = append(b, packSum[:]...)
	sum := sha1.Sum(b)
	return append(b, sum[:]...)
}
