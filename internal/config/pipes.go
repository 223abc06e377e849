package config

// Pipes keeps what was read from pipes, as of --config <(command): a pipe can be read once, and some commands read
// their settings twice. It is not safe for concurrent use.
type Pipes struct {
	read map[string]piped // by path
}

type piped struct {
	data []byte
	seen exposure
}

func (p *Pipes) find(path string) (piped, bool) {
	if p == nil {
		return piped{}, false
	}
	found, ok := p.read[path]
	return found, ok
}

func (p *Pipes) keep(path string, one piped) {
	if p == nil {
		return
	}
	if p.read == nil {
		p.read = map[string]piped{}
	}
	p.read[path] = one
}
