package browsertest

import "sync"

// shapes are those in which axe-core has found nothing. A page has one shape in two languages or on two screens if only
// its texts and positions differ, and most rules of axe-core find the same on both.
var shapes sync.Map

// shaped is the hash of a shape, and whether only the rules about colours were run.
type shaped struct {
	hash        string
	onlyColours bool
}

// shape is what the rules see that textRules does not name: elements, attributes, style sheets, colours, fonts,
// visibility and whether a box is in that of its parent. A text counts only as none, one character or several, an
// address only as a place on this page or elsewhere, and a language not at all.
const shape = `(() => {
	const texts = new Set(["alt", "aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "title",
		"placeholder", "value", "summary", "src", "srcset", "action", "formaction", "datetime", "lang", "hreflang"]);
	const size = text => Math.min(text.trim().length, 2);
	const attribute = a => texts.has(a.name) || a.name.startsWith("data-") ? size(a.value) :
		a.name === "href" && a.ownerElement.localName !== "link" ? a.value.startsWith("#") : a.value;
	const all = (e, box) => {
		const r = e.getBoundingClientRect(), s = getComputedStyle(e);
		const inside = r.left >= box.left && r.right <= box.right && r.top >= box.top && r.bottom <= box.bottom;
		return [e.localName, [...e.attributes].map(a => [a.name, attribute(a)]), inside, s.display, s.visibility, s.opacity,
			s.position, s.color, s.backgroundColor, s.backgroundImage, s.textShadow, s.fontSize, s.fontWeight,
			[...e.childNodes].map(n => n.nodeType === Node.ELEMENT_NODE ? all(n, r) :
				n.nodeType === Node.TEXT_NODE ? (e.localName === "style" ? n.data : size(n.data)) : 0)];
	};
	const root = document.documentElement;
	return JSON.stringify([location.origin, all(root, root.getBoundingClientRect())]);
})()`
