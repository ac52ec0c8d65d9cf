//! Checks signatures for `jsonwebtoken`, of the algorithms that are accepted here and of no other.
//!
//! The crate can choose from `RustCrypto`'s by itself, but then every algorithm is linked, with the keys and tables for
//! signing: a twentieth of the Worker, which never signs a token.

use hmac::{Hmac, Mac as _};
use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind};
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use sha2::{Digest as _, Sha256};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
    verifier_factory: verifier,
    // Key sets are read by `key_set`.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Has `jsonwebtoken` check signatures so, from now on in this process.
pub(super) fn install() {
    // An error says that it was done before.
    let _ = PROVIDER.install_default();
}

/// Checks signatures of one key: message and signature -> whether it holds.
struct Checked<F>(Algorithm, F);

impl<F: Fn(&[u8], &[u8]) -> bool> Verifier<Vec<u8>> for Checked<F> {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let holds = (self.1)(message, signature);
        holds.then_some(()).ok_or_else(signature::Error::new)
    }
}

impl<F: Fn(&[u8], &[u8]) -> bool> JwtVerifier for Checked<F> {
    fn algorithm(&self) -> Algorithm {
        self.0
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "jsonwebtoken asks for it so"
)]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    use AlgorithmFamily::{Ec, Ed, Hmac as Secret, Rsa};
    use DecodingKeyKind::{RsaModulusExponent, SecretOrDer};
    match (algorithm, key.family(), key.kind()) {
        (Algorithm::HS256, Secret, SecretOrDer(secret)) => of_secret(secret),
        (Algorithm::RS256, Rsa, RsaModulusExponent { n, e }) => of_rsa(n, e),
        (Algorithm::ES256, Ec, SecretOrDer(point)) => of_p256(point),
        (Algorithm::EdDSA, Ed, SecretOrDer(point)) => of_ed25519(point),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

fn of_secret(secret: &[u8]) -> Result<Box<dyn JwtVerifier>, Error> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| ErrorKind::InvalidKeyFormat)?;
    Ok(Box::new(Checked(
        Algorithm::HS256,
        move |message: &[u8], signature: &[u8]| {
            // Compared in constant time.
            let mac = mac.clone().chain_update(message);
            mac.verify_slice(signature).is_ok()
        },
    )))
}

fn of_rsa(modulus: &[u8], exponent: &[u8]) -> Result<Box<dyn JwtVerifier>, Error> {
    let number = BigUint::from_bytes_be;
    let key = RsaPublicKey::new(number(modulus), number(exponent))
        .map_err(|error| ErrorKind::InvalidRsaKey(error.to_string()))?;
    Ok(Box::new(Checked(
        Algorithm::RS256,
        move |message: &[u8], signature: &[u8]| {
            let digest = Sha256::digest(message);
            let scheme = Pkcs1v15Sign::new::<Sha256>();
            key.verify(scheme, &digest, signature).is_ok()
        },
    )))
}

fn of_p256(point: &[u8]) -> Result<Box<dyn JwtVerifier>, Error> {
    use p256::ecdsa::{Signature, VerifyingKey};
    let key = VerifyingKey::from_sec1_bytes(point).map_err(|_| ErrorKind::InvalidEcdsaKey)?;
    Ok(Box::new(Checked(
        Algorithm::ES256,
        move |message: &[u8], signature: &[u8]| {
            let signature = Signature::from_slice(signature);
            signature.is_ok_and(|signature| key.verify(message, &signature).is_ok())
        },
    )))
}

fn of_ed25519(point: &[u8]) -> Result<Box<dyn JwtVerifier>, Error> {
    use ed25519_dalek::{Signature, VerifyingKey};
    let point = point.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
    let key = VerifyingKey::from_bytes(point).map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(Checked(
        Algorithm::EdDSA,
        move |message: &[u8], signature: &[u8]| {
            let signature = Signature::from_slice(signature);
            signature.is_ok_and(|signature| key.verify(message, &signature).is_ok())
        },
    )))
}
