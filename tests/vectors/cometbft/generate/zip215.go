package main

import (
	"crypto/sha512"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// makeTwister has an ordinary key, and adds a point of order eight to the nonce's: the equation holds only after
// multiplying by the cofactor.
func makeTwister(name string, power int64) member {
	key := ed25519.GenPrivKeyFromSecret([]byte(name))
	public := key.PubKey()
	return member{name, public, power, func(message []byte) []byte {
		digest := sha512.Sum512(key[:32])
		secret, err := scalar.NewFromBits(clamp(digest[:32]))
		check(err)
		nonce := reduce(digest[32:], message)
		point := curve.NewEdwardsPoint().MulBasepoint(curve.ED25519_BASEPOINT_TABLE, nonce)
		point.Add(point, curve.EIGHT_TORSION[1])
		encoded := encodePoint(point)
		answer := scalar.New().Mul(reduce(encoded, public.Bytes(), message), secret)
		answer.Add(answer, nonce)
		return append(encoded, encodeScalar(answer)...)
	}}
}

// makeSmall has the neutral point as its key, written with a coordinate beyond the field's prime: every signature of
// R = neutral, s = 0 is good for every message.
func makeSmall(power int64) member {
	key := make([]byte, 32)
	for i := range key {
		key[i] = 0xff
	}
	key[0], key[31] = 0xee, 0x7f // p + 1
	return member{"small", ed25519.PubKey(key), power, func([]byte) []byte {
		return append(append([]byte{}, key...), make([]byte, 32)...)
	}}
}

func clamp(seed []byte) []byte {
	clamped := append([]byte{}, seed...)
	clamped[0] &= 248
	clamped[31] = clamped[31]&127 | 64
	return clamped
}

func reduce(parts ...[]byte) *scalar.Scalar {
	digest := sha512.New()
	for _, part := range parts {
		digest.Write(part)
	}
	reduced, err := scalar.NewFromBytesModOrderWide(digest.Sum(nil))
	check(err)
	return reduced
}

func encodePoint(point *curve.EdwardsPoint) []byte {
	encoded, err := point.MarshalBinary()
	check(err)
	return encoded
}

func encodeScalar(value *scalar.Scalar) []byte {
	encoded := make([]byte, 32)
	check(value.ToBytes(encoded))
	return encoded
}
