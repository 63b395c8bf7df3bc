"""Mail templates and translations, a package so that an installed wheel finds them."""
