/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A libgit2 with Mbed TLS reads every CA certificate of the system when it starts, which takes longer than a verdict and
 * is for connections that we never have it open.  In this program it finds these two first, and has none.
 */
int mbedtls_x509_crt_parse_file(void *chain, const char *path);
int mbedtls_x509_crt_parse_path(void *chain, const char *path);

int mbedtls_x509_crt_parse_file(void *chain, const char *path)
{
	(void)chain;
	(void)path;
	return -1;
}

int mbedtls_x509_crt_parse_path(void *chain, const char *path)
{
	return mbedtls_x509_crt_parse_file(chain, path);
}
