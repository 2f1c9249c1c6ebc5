"""What is public: pages rendered from certificates and results, for a tree of static files."""
