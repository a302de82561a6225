package lbaas

import (
	"math/big"
	"net/netip"
)

// The Controller keeps clients for 1-720 minutes (schema: IPPersistenceProfile.ip_persistent_timeout).
const (
	secondsPerMinute      = 60
	maxPersistenceMinutes = 720
)

// OfDatagrams says that the persistence has options that only pools of datagrams have.
func (sp *SessionPersistence) OfDatagrams() bool { return sp.Timeout != 0 || sp.Granularity != "" }

// MaskBits are the leading bits of addresses that tell clients apart; 0 is all of them.
func (sp *SessionPersistence) MaskBits() int {
	bits, _ := maskBits(sp.Granularity) // it was checked on the way in
	return bits
}

// checkDatagrams refuses those options of other pools, of a new pool and of one that is there in Octavia's different words.
func (p *Pool) checkDatagrams(in PersistenceInput) error {
	switch {
	case p.Protocol.datagrams() || in.Timeout.Or(0) == 0 && in.Granularity.Or("") == "":
		return nil
	case p.ID == "":
		return Invalidf("persistence_timeout and persistence_granularity is only for UDP and SCTP protocol pools.")
	}
	return Invalidf("persistence_timeout and persistence_granularity is only for UDP protocol pools.")
}

// updateDatagrams applies the options that only pools of datagrams have.
func (sp *SessionPersistence) updateDatagrams(in PersistenceInput) error {
	assign(in.Timeout, &sp.Timeout, 0)
	assign(in.Granularity, &sp.Granularity, "")
	if sp.Timeout < 0 {
		return InvalidValue("persistence_timeout", sp.Timeout, "Value should be greater or equal to 0")
	}
	if sp.Timeout%secondsPerMinute != 0 || sp.Timeout > maxPersistenceMinutes*secondsPerMinute {
		return Unsupportedf(ProviderDisplayName, "a persistence_timeout that is not of 1 to %d whole minutes (in seconds: %d, %d, … %d)",
			maxPersistenceMinutes, secondsPerMinute, 2*secondsPerMinute, maxPersistenceMinutes*secondsPerMinute)
	}
	if sp.Granularity == "" {
		return nil
	}
	canonical, err := canonicalAddress("persistence_granularity", sp.Granularity)
	if err != nil {
		return err
	}
	bits, ok := maskBits(canonical)
	if !ok {
		return InvalidValue("persistence_granularity", canonical, "Value should be a netmask, say 255.255.255.0")
	}
	if bits == 0 {
		// The Controller takes a mask of 0 for none.
		return Unsupportedf(ProviderDisplayName, "a persistence_granularity of %s", canonical)
	}
	sp.Granularity = canonical
	return nil
}

// maskBits counts the leading ones of a netmask; ok is false when ones follow a zero.
func maskBits(mask string) (bits int, ok bool) {
	address, err := netip.ParseAddr(mask)
	if err != nil {
		return 0, false
	}
	value := new(big.Int).SetBytes(address.AsSlice())
	for i := range address.BitLen() {
		one := value.Bit(address.BitLen()-1-i) == 1
		if one && bits < i {
			return 0, false
		}
		if one {
			bits++
		}
	}
	return bits, true
}
