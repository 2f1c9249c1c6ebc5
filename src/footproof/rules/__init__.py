"""Rules as data: dated parameters and rulebook editions, read strictly."""
