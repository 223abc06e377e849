package kakao

// bubble is the logo of Kakao's design guide, which must not be left out or recoloured.
const bubble = `<svg fill="#000000" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">` +
	`<path d="M12 2.5C6.48 2.5 2 6 2 10.3c0 2.77 1.86 5.2 4.66 6.58l-.95 3.5c-.1.36.3.64.62.43l4.2-2.78c.48.05.97.08 ` +
	`1.47.08 5.52 0 10-3.5 10-7.81S17.52 2.5 12 2.5z"/></svg>`
