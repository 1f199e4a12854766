from imports_svc.main import main

main()
