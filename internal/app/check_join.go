package app

// joining checks what is asked of new members beside the terms themselves.
func (c *checker) joining() {
	if c.Age != "declare" && c.Age != "kakao" && c.Age != "off" {
		c.refuse("NORANG_AGE", "%q is none of declare, kakao, off", c.Age)
	}
	if c.Under14 != "refuse" && c.Under14 != "allow" {
		c.refuse("NORANG_UNDER_14", "%q is none of refuse, allow", c.Under14)
	}
	if c.Kakao.Sync && len(c.Terms) == 0 {
		c.refuse("KAKAO_SYNC", "reads what people agreed to at Kakao, and no terms are configured: put them into NORANG_TERMS with the same tags")
	}
}
