package naver

// logo is the N of Naver's design guide, which must not be left out or recoloured: white on green.
const logo = `<svg fill="#ffffff" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" focusable="false">` +
	`<path d="M16.27 12.85 7.38 0H0v24h7.73V11.16L16.62 24H24V0h-7.73z"/></svg>`
