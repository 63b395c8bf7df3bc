"""Hashes of one password, as Django 5.2, passlib and bcrypt made them."""

from identity_service.identity.passwords.schemes import Scheme

PASSWORD = "Zürich-quilt-ember-42"
OF_BCRYPT = "$2b$04$iu7H3C82EpR8ve2QWsYD0.ozUWqz23c8vHgmH5IcVrn9.Js3wM49K"
OF_ARGON2 = "$argon2id$v=19$m=64,t=2,p=8$bkR3OXFMeHB2VHRCenpDNG1FSnlSQQ$yliOVZ4Xe2iXOWDY9gaU/ItQYQ/EFhnanILKOI5oXBo"
OF_PBKDF2 = "pbkdf2_sha256$1000$nDw9qLxpvTtBzzC4mEJyRA$iqx4qUBjoQfFghNa9Ci1oi+T8EDLecCoFr3RRVMhAko="
OF_SCRYPT = (
    "scrypt$16$nDw9qLxpvTtBzzC4mEJyRA$8$5$"
    "iITbuOhh4OBBrP+GhZcUe6sisCwyIxmQWb8RLaijTkzEc6N5NQp0yGpEua/XJAvDXclodJxtIxzOnw8dnpGgsg=="
)
OF_SCRYPT_PHC = "$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$Yqx598PveMMklKPamQXq4e3FYhEwDN0jgUUUmGW4jRg"
KEPT = {
    OF_PBKDF2: Scheme.PBKDF2,
    "pbkdf2_sha1$1000$nDw9qLxpvTtBzzC4mEJyRA$GkY+unCYEQ0uSJMQkhl/dXP4OjE=": Scheme.PBKDF2,
    f"argon2{OF_ARGON2}": Scheme.ARGON2,
    OF_ARGON2: Scheme.ARGON2,
    "bcrypt_sha256$$2b$04$Iv0DCi3dH5D.Fx2yAu9khOGCVDqn3bxhDXnvalG.FefjcZkD8Qws2": Scheme.BCRYPT_SHA256,
    f"bcrypt${OF_BCRYPT}": Scheme.BCRYPT,
    OF_BCRYPT: Scheme.BCRYPT,
    OF_BCRYPT.replace("2b", "2a", 1): Scheme.BCRYPT,
    OF_BCRYPT.replace("2b", "2y", 1): Scheme.BCRYPT,
    OF_SCRYPT: Scheme.SCRYPT,
    OF_SCRYPT_PHC: Scheme.SCRYPT,
}
