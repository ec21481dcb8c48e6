package davtest

import "testing"

func TestSampleLoads(t *testing.T) {
	t.Parallel()
	s := New()
	user, _ := Sample(s)
	n := 0
	for _, c := range s.Collections(user) {
		n += c.Len()
		for _, name := range c.List() {
			body, _ := c.Get(name)
			f := inspect(body)
			if r := c.judge(f); r != nil {
				t.Errorf("%s/%s would not be accepted: %s", c.ID(), name, r.text)
			}
		}
	}
	if n < 18 {
		t.Errorf("%d items", n)
	}
}
