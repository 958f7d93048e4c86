package journey

import (
	"testing"
)

// TestTheCoachWhileOneWrites writes a text with the coach beside it: what is seen comes while one types, and without a
// script with Save.
func TestTheCoachWhileOneWrites(t *testing.T) {
	t.Parallel()
	p := newPortal(t, true)
	focal := p.person(t, "focal@demo.example")
	id := newDraft(t, p.client(t, focal), focal)
	const vague = "We will support migrants."
	const firm = "The Ministry of Labour will open one counter in each of ten towns for returning workers by the end of 2028."

	b := p.enter(t, focal, wide)
	b.want(b.visit("/en"+stepsOf(id)+"text"), 200)
	b.reads("Level 1 of 4: 0 of 9 elements are seen.", "Name the ministry, agency, city or association that will do it.")
	b.put("#description", firm)
	b.comes(`document.querySelector("[data-live=coach]").textContent.startsWith("Level 3 of 4: 6 of 9")`)
	b.comes(`[...document.querySelectorAll("[aria-live=polite]")].some((e) => e.textContent.startsWith("Level 3 of 4"))`)
	b.reads("The Ministry of Labour will", "by the end of 2028", "Say how it stands today")
	b.saysNot("Name the ministry, agency, city or association that will do it.")
	b.axeAtBothWidths()
	b.put("#description", vague)
	b.comes(`document.querySelector("[data-live=coach]").textContent.startsWith("Level 1 of 4: 1 of 9")`)
	b.reads("Name the ministry, agency, city or association that will do it.")
	b.saysNot("by the end of 2028")

	plain := p.enter(t, focal, narrow).withoutScripts()
	other := newDraft(t, p.client(t, focal), focal)
	plain.want(plain.visit("/en"+stepsOf(other)+"text"), 200)
	plain.fill("#description", firm)
	plain.want(plain.press(".formfoot button[value=later]"), 200)
	plain.want(plain.visit("/en"+stepsOf(other)+"text"), 200)
	plain.reads("Level 3 of 4: 6 of 9 elements are seen.", "The Ministry of Labour will")
	plain.want(plain.visit("/en/submissions/"+other+"/check"), 200)
	plain.reads("Level 3 of 4: 6 of 9 elements are seen.", "Say what money, staff or equipment is set aside for it")
}
