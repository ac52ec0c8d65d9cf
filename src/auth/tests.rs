use super::*;

#[test]
fn no_credential_is_anybody() {
    let who = authenticate(None, &KeySet::default(), &Config::default(), Timestamp(0));
    assert_eq!(who.expect("anybody"), Principal::anonymous());
}
